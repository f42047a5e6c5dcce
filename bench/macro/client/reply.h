// SPDX-License-Identifier: Apache-2.0
/// What the load client reads of a response frame.
#pragma once

#include <cstdint>
#include <optional>

#include "bytes.h"

namespace apogee::bench {

struct Reply {
  int code = 0;
  uint32_t opaque = 0;
  int flag = 0;
  /// Ext fields; -1 when absent.
  int64_t queue_id = -1;
  int64_t queue_offset = -1;
  int64_t next_begin_offset = -1;
  int64_t max_offset = -1;
  Bytes body;
};

/// Reads a frame without its length, in the codec that its header word names. Nothing when the
/// header is not one that a broker may send.
std::optional<Reply> ParseReply(Bytes frame);

}  // namespace apogee::bench
