// SPDX-License-Identifier: Apache-2.0
/// Where frames begin and end. Spec remoting §1.1.
#pragma once

#include <cstdint>
#include <string>

#include "remoting/header.h"
#include "store/io.h"

namespace apogee::remoting {

/// Largest frame in bytes, its 4 length bytes included.
inline constexpr int64_t kMaxFrameBytes = 16'777'216;
/// Length word and header word.
inline constexpr size_t kFramePrefixBytes = 8;

struct FrameStart {
  /// Bytes of the whole frame; 0 while fewer than 4 are there; -1 when no frame starts so.
  int64_t size = 0;
  /// What is wrong, for a log line; empty unless size is -1.
  std::string error;
};

/// Judges the first bytes of a frame, as many as there are. A text that is clearly HTTP or TLS is
/// named.
FrameStart JudgeFrameStart(store::Bytes bytes);

/// The header and body of a whole frame that JudgeFrameStart accepted.
struct FrameParts {
  Codec codec;
  std::string_view header;
  store::Bytes body;
};
FrameParts SplitFrame(store::Bytes frame);

}  // namespace apogee::remoting
