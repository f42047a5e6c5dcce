// SPDX-License-Identifier: Apache-2.0
#include "remoting/send_handler.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "store/batch_items.h"
#include "store/layout.h"

namespace apogee::remoting {
namespace {

constexpr int32_t kMultiTagsFlag = 2;
/// Longest answer to a batch; a batch of more messages than its ids fit is the processor's.
constexpr size_t kMaxBatchReplyBytes = 1024 * 1024;

std::string IllegalRemark(int32_t max_message_size) {
  return "the message is illegal, maybe msg body or properties length not matched. "
         "msg body length limit " +
         std::to_string(max_message_size) + "B, msg properties length limit 32KB.";
}

}  // namespace

SendHandler::SendHandler(store::MessageStore* store, int32_t sync_flush_timeout_ms, Tables* tables,
                         CallOutput* out, HeldReplies* held)
    : store_(store),
      sync_flush_timeout_ms_(sync_flush_timeout_ms),
      tables_(tables),
      out_(out),
      held_(held),
      illegal_remark_(IllegalRemark(store->options().max_message_size)) {}

void SendHandler::SetIdentity(BrokerIdentity identity, std::string unique_key_prefix) {
  identity_ = std::move(identity);
  unique_keys_.SetPrefix(std::move(unique_key_prefix));
}

Served SendHandler::Serve(const Request& request) {
  SendRequest send;
  const bool short_names = request.header.code != request_code::kSendMessage;
  if (!DecodeSendRequest(request.header, short_names, &request.scratch, &send)) {
    return ColdReason::kChecks;
  }
  Topic* topic = tables_->FindTopic(send.topic);
  if (topic == nullptr || !topic->entry.hot_send || !tables_->state().writable ||
      (send.sys_flag & store::sys_flag::kTransactionMask) != 0 || request.body.empty() ||
      request.body.size() > static_cast<size_t>(store_->options().max_message_size)) {
    return ColdReason::kChecks;
  }
  const int32_t queue_id = ChooseQueue(topic, send.queue_id);
  if (queue_id < 0) return ColdReason::kChecks;
  if (topic->entry.multi_tag) send.sys_flag |= kMultiTagsFlag;
  return send.batch ? ServeBatch(request, send, topic, queue_id)
                    : ServeOne(request, send, topic, queue_id);
}

int32_t SendHandler::ChooseQueue(Topic* topic, int32_t queue_id) {
  if (queue_id >= 0) return queue_id < topic->queue_count() ? queue_id : -1;
  if (topic->entry.write_queue_nums <= 0) return -1;
  topic->next_queue += 1;
  return static_cast<int32_t>(topic->next_queue %
                              static_cast<uint32_t>(topic->entry.write_queue_nums));
}

store::Queue* SendHandler::QueueOf(Topic* topic, int32_t queue_id) {
  const auto index = static_cast<size_t>(queue_id);
  if (index >= topic->queues.size()) topic->queues.resize(index + 1, nullptr);
  store::Queue*& queue = topic->queues[index];
  if (queue == nullptr) queue = store_->ResolveQueue(topic->entry.topic, queue_id);
  return queue;
}

Served SendHandler::ServeOne(const Request& request, const SendRequest& send, Topic* topic,
                             int32_t queue_id) {
  const auto generate = [this, &request] { return unique_keys_.Next(request.now_ms); };
  if (!properties_.Rewrite(send.properties, identity_.properties, generate) ||
      properties_.facts().special) {
    return ColdReason::kChecks;
  }
  store::AppendRequest append;
  append.queue = QueueOf(topic, queue_id);
  append.body = request.body;
  append.properties = properties_.bytes();
  append.flag = send.flag;
  append.sys_flag = send.sys_flag;
  append.born_timestamp = send.born_timestamp;
  append.born_host = request.session.remote;
  append.store_host = identity_.store_host;
  append.store_timestamp = request.now_ms;
  append.reconsume_times = send.reconsume_times;
  const store::AppendResult result = store_->Append(append);
  if (result.status != store::PutStatus::kOk) {
    Refuse(request, result.status);
    return kServed;
  }
  const PropertyFacts& facts = properties_.facts();
  Answer(request, ReplyFor(queue_id, result, facts.unique_key), result, facts.wait);
  return kServed;
}

Served SendHandler::ServeBatch(const Request& request, const SendRequest& send, Topic* topic,
                               int32_t queue_id) {
  const PropertyFacts facts = ScanPropertyFacts(send.properties);
  if (facts.special || topic->entry.topic.size() > store::kMaxTopicSize) {
    return ColdReason::kChecks;
  }
  record_sizes_.clear();
  int64_t payload = 0;
  store::BatchItem item;
  store::BatchItems items(request.body);
  while (items.Next(&item)) {
    record_sizes_.push_back(static_cast<int32_t>(item.body.size() + item.properties.size()));
    payload += record_sizes_.back();
  }
  SendReply bound;
  bound.message_count = static_cast<int32_t>(record_sizes_.size());
  bound.id_prefix = identity_.message_id_prefix;
  if (!items.valid() || record_sizes_.empty() || SendReplyBound(bound) > kMaxBatchReplyBytes) {
    return ColdReason::kChecks;
  }
  store::AppendBatchRequest append;
  append.queue = QueueOf(topic, queue_id);
  append.items = request.body;
  append.sys_flag = send.sys_flag;
  append.born_timestamp = send.born_timestamp;
  append.born_host = request.session.remote;
  append.store_host = identity_.store_host;
  append.store_timestamp = request.now_ms;
  append.reconsume_times = send.reconsume_times;
  const store::AppendResult result = store_->AppendBatch(append);
  if (result.status != store::PutStatus::kOk) {
    Refuse(request, result.status);
    return kServed;
  }
  // All records have the same fixed part: what is not payload, divided evenly.
  const int64_t fixed =
      (result.end_offset - result.physical_offset - payload) / result.message_count;
  for (int32_t& size : record_sizes_) size += static_cast<int32_t>(fixed);
  SendReply reply = ReplyFor(queue_id, result, facts.unique_key);
  reply.record_sizes = record_sizes_.data();
  Answer(request, reply, result, facts.wait);
  return kServed;
}

SendReply SendHandler::ReplyFor(int32_t queue_id, const store::AppendResult& result,
                                std::string_view unique_key) const {
  SendReply reply;
  reply.queue_id = queue_id;
  reply.queue_offset = result.queue_offset;
  reply.unique_key = unique_key;
  reply.region_id = identity_.properties.region.value();
  reply.trace_on = identity_.properties.trace.value();
  reply.id_prefix = identity_.message_id_prefix;
  reply.physical_offset = result.physical_offset;
  reply.message_count = result.message_count;
  return reply;
}

void SendHandler::Answer(const Request& request, const SendReply& reply,
                         const store::AppendResult& result, bool wait) {
  if (request.header.IsOneway()) return;
  const size_t start = out_->used();
  const size_t size = WriteSendReply(out_->end(), request.reply_to(), reply);
  out_->Advance(size);
  staged_.push_back({request.reply_to(), start, size, result.end_offset, wait && sync_flush()});
}

void SendHandler::Refuse(const Request& request, store::PutStatus status) {
  if (status == store::PutStatus::kStoreFailed ||
      status == store::PutStatus::kServiceNotAvailable) {
    NoteFailure(store_->health());
    refused_ = true;
  }
  if (request.header.IsOneway()) return;
  ErrorReply error = FailureReply();
  if (status == store::PutStatus::kMessageIllegal ||
      status == store::PutStatus::kPropertiesSizeExceeded) {
    error.code = response_code::kMessageIllegal;
    error.remark = illegal_remark_;
  } else if (status == store::PutStatus::kCreateMappedFileFailed) {
    error.code = response_code::kSystemError;
    error.remark = "create mapped file failed, server is busy or broken.";
  }
  const size_t start = out_->used();
  const size_t size = WriteSendError(out_->end(), request.reply_to(), error);
  out_->Advance(size);
  staged_.push_back({request.reply_to(), start, size, 0, false});
}

void SendHandler::NoteFailure(const store::Status& status) {
  failure_ = "service not available now. ";
  failure_ += status.ok() ? "The store refused the message." : status.message();
  // A remark is JSON text in a slab with a bound: nothing in it may need an escape.
  for (char& c : failure_) {
    if (c == '"' || c == '\\' || static_cast<uint8_t>(c) < ' ') c = '\'';
  }
}

ErrorReply SendHandler::FailureReply() const {
  ErrorReply error;
  error.code = response_code::kServiceNotAvailable;
  error.remark = failure_;
  error.region_id = identity_.properties.region.value();
  error.trace_on = identity_.properties.trace.value();
  return error;
}

bool SendHandler::Commit(const Session& session, int64_t now_ms) {
  bool ok = !std::exchange(refused_, false);
  if (store_->HasStaged()) {
    const store::Status status = store_->CommitStaged();
    if (!status.ok()) {
      ok = false;
      NoteFailure(status);
      AnswerFailed();
    } else if (sync_flush()) {
      HoldBack(session, now_ms);
    }
  }
  staged_.clear();
  return ok;
}

/// Replaces every staged answer by one that says why the message is not stored.
void SendHandler::AnswerFailed() {
  if (staged_.empty()) return;
  out_->Rewind(staged_.front().start);
  const ErrorReply error = FailureReply();
  for (const Staged& staged : staged_) {
    out_->Advance(WriteSendError(out_->end(), staged.request, error));
  }
}

/// Moves the answers that wait for the disk out of the slab; the others close up.
void SendHandler::HoldBack(const Session& session, int64_t now_ms) {
  HeldGroup group;
  size_t to = staged_.empty() ? out_->used() : staged_.front().start;
  for (const Staged& staged : staged_) {
    const uint8_t* frame = out_->at(staged.start);
    if (!staged.hold) {
      std::memmove(out_->at(to), frame, staged.size);
      to += staged.size;
      continue;
    }
    group.bytes.insert(group.bytes.end(), frame, frame + staged.size);
    group.replies.push_back({staged.request, staged.size});
    group.end_offset = std::max(group.end_offset, staged.end_offset);
  }
  out_->Rewind(to);
  if (group.replies.empty()) return;
  group.session = session.number;
  group.generation = session.generation;
  group.deadline_ms = now_ms + sync_flush_timeout_ms_;
  held_->Hold(std::move(group));
  out_->WantFlush();
}

}  // namespace apogee::remoting
