// SPDX-License-Identifier: Apache-2.0
#include "remoting/reply_writer.h"

#include "remoting/header_writer.h"

namespace apogee::remoting {
namespace {

/// Most bytes one byte of text can take in a JSON string.
constexpr size_t kMaxEscapeBytes = 6;
/// Where the code of an answer of ours stands in its frame: `{"code":0` and int16.
constexpr size_t kJsonCodeAt = kFramePrefixBytes + 8;
constexpr size_t kBinaryCodeAt = kFramePrefixBytes;

/// Writes one answer; `fields` is called with the writer of the request's codec.
template <typename Fields>
size_t WriteReply(uint8_t* to, ReplyTo request, int32_t code, std::string_view remark,
                  size_t body_size, Fields fields) {
  if (request.codec == Codec::kJson) {
    JsonHeaderWriter writer(to, request, code);
    fields(writer);
    return writer.Finish(remark, body_size);
  }
  BinaryHeaderWriter writer(to, request, code, remark);
  fields(writer);
  return writer.Finish(body_size);
}

}  // namespace

size_t SendReplyBound(const SendReply& reply) {
  return kMaxPlainReplyBytes +
         kMaxEscapeBytes *
             (reply.unique_key.size() + reply.region_id.size() + reply.trace_on.size()) +
         static_cast<size_t>(reply.message_count) * (reply.id_prefix.size() + 17);
}

size_t WriteSendReply(uint8_t* to, ReplyTo request, const SendReply& reply) {
  return WriteReply(to, request, response_code::kSuccess, {}, 0, [&reply](auto& writer) {
    writer.NumberField("queueId", reply.queue_id);
    if (!reply.unique_key.empty()) writer.TextField("transactionId", reply.unique_key);
    writer.IdsField("msgId", reply);
    writer.TextField("TRACE_ON", reply.trace_on);
    writer.TextField("MSG_REGION", reply.region_id);
    writer.NumberField("queueOffset", reply.queue_offset);
  });
}

size_t WritePullHeader(uint8_t* to, ReplyTo request, const PullReply& reply, size_t body_size) {
  return WriteReply(to, request, reply.code, reply.remark, body_size, [&reply](auto& writer) {
    writer.NumberField("suggestWhichBrokerId", reply.suggest_broker_id);
    writer.NumberField("groupSysFlag", reply.group_sys_flag);
    writer.NumberField("nextBeginOffset", reply.next_begin_offset);
    writer.NumberField("maxOffset", reply.max_offset);
    writer.NumberField("minOffset", reply.min_offset);
    writer.NumberField("topicSysFlag", reply.topic_sys_flag);
  });
}

size_t WriteEmptyReply(uint8_t* to, ReplyTo request) {
  return WriteReply(to, request, response_code::kSuccess, {}, 0, [](auto&) {});
}

size_t WriteSendError(uint8_t* to, ReplyTo request, const ErrorReply& reply) {
  const std::string_view remark = reply.remark.substr(0, kMaxRemarkBytes);
  return WriteReply(to, request, reply.code, remark, 0, [&reply](auto& writer) {
    writer.TextField("MSG_REGION", reply.region_id);
    writer.TextField("TRACE_ON", reply.trace_on);
  });
}

size_t RewriteAsFlushTimeout(uint8_t* to, store::Bytes frame) {
  const bool json = frame[4] == static_cast<uint8_t>(Codec::kJson);
  if (!json) {
    std::memcpy(to, frame.data(), frame.size());
    store::StoreI16(to + kBinaryCodeAt, response_code::kFlushDiskTimeout);
    return frame.size();
  }
  static_assert(response_code::kFlushDiskTimeout == 10, "0 becomes 10 by one digit in front");
  std::memcpy(to, frame.data(), kJsonCodeAt);
  to[kJsonCodeAt] = '1';
  std::memcpy(to + kJsonCodeAt + 1, frame.data() + kJsonCodeAt, frame.size() - kJsonCodeAt);
  store::StoreI32(to, store::LoadI32(to) + 1);
  store::StoreI32(to + 4, store::LoadI32(to + 4) + 1);
  return frame.size() + 1;
}

}  // namespace apogee::remoting
