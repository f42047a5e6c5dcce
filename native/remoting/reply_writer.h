// SPDX-License-Identifier: Apache-2.0
/// Encodes the answers of hot requests, in the codec of the request. A JSON header has its members
/// in Apache's order and always an extFields object; ext values are text. Spec remoting §1.2, §1.3.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "remoting/header.h"
#include "store/message_store.h"

namespace apogee::remoting {

/// The version every answer announces: ordinal of V5_5_0.
inline constexpr int32_t kProtocolVersion = 513;
/// An answer without body and without message ids takes no more than this, apart from its texts.
inline constexpr size_t kMaxPlainReplyBytes = 1024;
/// Longest remark written; longer ones are cut.
inline constexpr size_t kMaxRemarkBytes = 400;

namespace response_code {
inline constexpr int32_t kSuccess = 0;
inline constexpr int32_t kSystemError = 1;
inline constexpr int32_t kFlushDiskTimeout = 10;
inline constexpr int32_t kMessageIllegal = 13;
inline constexpr int32_t kServiceNotAvailable = 14;
inline constexpr int32_t kPullNotFound = 19;
inline constexpr int32_t kPullRetryImmediately = 20;
inline constexpr int32_t kPullOffsetMoved = 21;
}  // namespace response_code

/// What an answer copies from its request.
struct ReplyTo {
  Codec codec = Codec::kJson;
  int32_t opaque = 0;
};

/// Values of the answer to a send. Ids: `id_prefix` followed by each record's physical offset.
struct SendReply {
  int32_t queue_id = 0;
  store::QueueOffset queue_offset = 0;
  std::string_view unique_key;
  std::string_view region_id;
  std::string_view trace_on;
  std::string_view id_prefix;
  store::PhysicalOffset physical_offset = 0;
  /// Sizes of the records of a batch but the last; nullptr for a single message.
  const int32_t* record_sizes = nullptr;
  int32_t message_count = 1;
};

struct PullReply {
  int32_t code = 0;
  std::string_view remark;
  int64_t suggest_broker_id = 0;
  store::QueueOffset next_begin_offset = 0;
  store::QueueOffset min_offset = 0;
  store::QueueOffset max_offset = 0;
  int32_t topic_sys_flag = 0;
  int32_t group_sys_flag = 0;
};

struct ErrorReply {
  int32_t code = 0;
  std::string_view remark;
  std::string_view region_id;
  std::string_view trace_on;
};

/// Upper bound of what WriteSendReply writes.
size_t SendReplyBound(const SendReply& reply);

/// All four write a frame at `to` and return its size. WritePullHeader counts `body_size` bytes in
/// the frame's length, which the caller puts behind.
size_t WriteSendReply(uint8_t* to, ReplyTo request, const SendReply& reply);
size_t WritePullHeader(uint8_t* to, ReplyTo request, const PullReply& reply, size_t body_size);
size_t WriteEmptyReply(uint8_t* to, ReplyTo request);
size_t WriteSendError(uint8_t* to, ReplyTo request, const ErrorReply& reply);

/// Turns a frame that WriteSendReply made into one with code FLUSH_DISK_TIMEOUT. The frame may grow
/// by one byte; returns its size. `to` and `frame` may not overlap.
size_t RewriteAsFlushTimeout(uint8_t* to, store::Bytes frame);

}  // namespace apogee::remoting
