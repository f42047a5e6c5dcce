// SPDX-License-Identifier: Apache-2.0
#include "remoting/pull_reader.h"

#include <cstring>

#include "remoting/call_output.h"

namespace apogee::remoting {
namespace {

using store::GetStatus;

/// Names of Apache's GetMessageStatus: remarks of the answers.
std::string_view NameOf(GetStatus status) {
  switch (status) {
    case GetStatus::kFound:
      return "FOUND";
    case GetStatus::kNoMatchedMessage:
      return "NO_MATCHED_MESSAGE";
    case GetStatus::kMessageWasRemoving:
      return "MESSAGE_WAS_REMOVING";
    case GetStatus::kOffsetFoundNull:
      return "OFFSET_FOUND_NULL";
    case GetStatus::kOffsetOverflowBadly:
      return "OFFSET_OVERFLOW_BADLY";
    case GetStatus::kOffsetOverflowOne:
      return "OFFSET_OVERFLOW_ONE";
    case GetStatus::kOffsetTooSmall:
      return "OFFSET_TOO_SMALL";
    case GetStatus::kNoMatchedLogicQueue:
      return "NO_MATCHED_LOGIC_QUEUE";
    case GetStatus::kNoMessageInQueue:
      return "NO_MESSAGE_IN_QUEUE";
    case GetStatus::kWouldTouchDisk:
      break;
  }
  return "OFFSET_FOUND_NULL";
}

}  // namespace

int32_t PullReader::CodeOf(GetStatus status, store::QueueOffset offset) {
  switch (status) {
    case GetStatus::kFound:
      return response_code::kSuccess;
    case GetStatus::kMessageWasRemoving:
    case GetStatus::kNoMatchedMessage:
      return response_code::kPullRetryImmediately;
    case GetStatus::kNoMatchedLogicQueue:
    case GetStatus::kNoMessageInQueue:
      return offset == 0 ? response_code::kPullNotFound : response_code::kPullOffsetMoved;
    case GetStatus::kOffsetOverflowBadly:
    case GetStatus::kOffsetTooSmall:
      return response_code::kPullOffsetMoved;
    case GetStatus::kOffsetFoundNull:
    case GetStatus::kOffsetOverflowOne:
    case GetStatus::kWouldTouchDisk:
      break;
  }
  return response_code::kPullNotFound;
}

store::ReadOutcome PullReader::Read(const SuspendedPull& pull, bool allow_disk, uint8_t* at,
                                    size_t room) {
  const size_t front = guess(pull.request.codec);
  SlabSink sink(at + front, room - front);
  store::ReadRequest read;
  read.queue = pull.queue;
  read.offset = pull.scanned_to;
  read.max_messages = pull.max_messages;
  read.filter.codes = pull.codes;
  read.allow_disk = allow_disk;
  return store_->Read(read, &sink);
}

size_t PullReader::WriteReply(const SuspendedPull& pull, const store::ReadOutcome& outcome,
                              uint8_t* at) {
  PullReply reply;
  reply.code = CodeOf(outcome.status, pull.offset);
  reply.remark = NameOf(outcome.status);
  reply.suggest_broker_id = slave_read_enable_ && outcome.suggest_slave ? 1 : 0;
  reply.next_begin_offset = outcome.next_begin_offset;
  reply.min_offset = outcome.min_offset;
  reply.max_offset = outcome.max_offset;
  reply.topic_sys_flag = pull.topic_sys_flag;
  reply.group_sys_flag = pull.group_sys_flag;
  if (outcome.status != GetStatus::kFound) return WritePullHeader(at, pull.request, reply, 0);

  uint8_t header[kMaxPlainReplyBytes];
  const auto body_size = static_cast<size_t>(outcome.byte_count);
  const size_t header_size = WritePullHeader(header, pull.request, reply, body_size);
  size_t& front = guess(pull.request.codec);
  if (header_size != front) std::memmove(at + header_size, at + front, body_size);
  std::memcpy(at, header, header_size);
  front = header_size;
  return header_size + body_size;
}

}  // namespace apogee::remoting
