// SPDX-License-Identifier: Apache-2.0
/// One request of a session on its way through a handler, and what a handler says of it.
#pragma once

#include <optional>

#include "remoting/control.h"
#include "remoting/header.h"
#include "remoting/reply_writer.h"
#include "remoting/session.h"
#include "remoting/text_scratch.h"
#include "store/message_store.h"

namespace apogee::remoting {

namespace request_code {
inline constexpr int32_t kSendMessage = 10;
inline constexpr int32_t kPullMessage = 11;
inline constexpr int32_t kUpdateConsumerOffset = 15;
inline constexpr int32_t kSendMessageV2 = 310;
inline constexpr int32_t kSendBatchMessage = 320;
inline constexpr int32_t kLitePullMessage = 361;
}  // namespace request_code

struct Request {
  const Header& header;
  store::Bytes body;
  Session& session;
  int64_t now_ms;
  TextScratch& scratch;
  /// The broker asks again: do not send it to the read pool once more.
  bool again;

  ReplyTo reply_to() const { return {header.codec, header.opaque}; }
};

/// Nothing: served. Else why the slow path has to take it; then nothing was written.
using Served = std::optional<ColdReason>;
inline constexpr Served kServed = std::nullopt;

}  // namespace apogee::remoting
