// SPDX-License-Identifier: Apache-2.0
/// The appending half of DefaultMessageStore: checks, encoding, staging, commit.
#include <utility>

#include "store/batch_items.h"
#include "store/default_message_store.h"
#include "store/layout.h"

namespace apogee::store {
namespace {

/// How long dispatch rests after a failure before a put tries it again.
constexpr TimestampMs kRetryDispatchMs = 1000;

AppendResult Refuse(PutStatus status) {
  AppendResult result;
  result.status = status;
  return result;
}

}  // namespace

/// kOk when a message for `queue` may be appended now.
PutStatus DefaultMessageStore::RefusePut(const Queue* queue, TimestampMs now_ms) {
  if (closed_ || !log_.health().ok()) return PutStatus::kServiceNotAvailable;
  if (dispatch_blocked_.load(std::memory_order_relaxed)) {
    if (now_ms >= retry_dispatch_at_) {
      retry_dispatch_at_ = now_ms + kRetryDispatchMs;
      (void)DispatchConfirmed().ok();
    }
    if (dispatch_blocked_.load(std::memory_order_relaxed)) return PutStatus::kServiceNotAvailable;
  }
  return queue->topic_legal ? PutStatus::kOk : PutStatus::kMessageIllegal;
}

PutStatus DefaultMessageStore::ReserveStatus(const Status& /*failure*/) const {
  return log_.health().ok() ? PutStatus::kCreateMappedFileFailed : PutStatus::kStoreFailed;
}

/// Remembers the queue's offset before the first message of this round.
void DefaultMessageStore::TouchQueue(Queue* queue) {
  if (queue->staged_round == round_) return;
  queue->staged_round = round_;
  queue->offset_before_round = queue->next_offset;
  staged_queues_.push_back(queue);
}

void DefaultMessageStore::Encode(uint8_t* to, Queue* queue, const RecordSpec& spec) {
  EncodeRecord(to, spec);
  dispatcher_.Stage(queue, spec.physical_offset, spec);
  log_.Advance(spec.size);
  ++staged_messages_;
  staged_bytes_ += spec.size;
  staged_timestamp_ = spec.store_timestamp;
}

AppendResult DefaultMessageStore::Append(const AppendRequest& request) {
  Queue* const queue = request.queue;
  if (PutStatus status = RefusePut(queue, request.store_timestamp); status != PutStatus::kOk) {
    return Refuse(status);
  }
  const auto body_size = static_cast<int64_t>(request.body.size());
  const auto properties_size = static_cast<int64_t>(request.properties.size());
  if (body_size == 0 || body_size > options_.max_message_size) {
    return Refuse(PutStatus::kMessageIllegal);
  }
  if (properties_size > kMaxPropertiesSize) return Refuse(PutStatus::kPropertiesSizeExceeded);
  const int64_t size =
      RecordBaseSize(queue->topic.size(), queue->topic_v2, request.born_host, request.store_host) +
      body_size + properties_size;
  if (size > int64_t{options_.max_message_size} + kRecordOverhead ||
      size + kBlankSize > log_.segment_size()) {
    return Refuse(PutStatus::kMessageIllegal);
  }
  Result<uint8_t*> room = log_.Reserve(static_cast<int32_t>(size));
  if (!room.ok()) return Refuse(ReserveStatus(room.status()));
  TouchQueue(queue);
  RecordSpec spec;
  spec.size = static_cast<int32_t>(size);
  spec.magic = queue->topic_v2 ? kMagicV2 : kMagicV1;
  spec.queue_id = queue->id;
  spec.flag = request.flag;
  spec.sys_flag = WithHostBits(request.sys_flag, request.born_host, request.store_host);
  const bool counts = !TakesNoQueueOffset(spec.sys_flag);
  spec.queue_offset = counts ? queue->next_offset : 0;
  spec.physical_offset = log_.staged_end();
  spec.born_timestamp = request.born_timestamp;
  spec.born_host = &request.born_host;
  spec.store_timestamp = request.store_timestamp;
  spec.store_host = &request.store_host;
  spec.reconsume_times = request.reconsume_times;
  spec.prepared_transaction_offset = request.prepared_transaction_offset;
  spec.body = request.body;
  spec.topic = queue->topic;
  spec.properties = request.properties;
  Encode(room.value(), queue, spec);
  if (counts) ++queue->next_offset;
  return {PutStatus::kOk, spec.physical_offset, spec.queue_offset, log_.staged_end(), 1};
}

AppendResult DefaultMessageStore::AppendBatch(const AppendBatchRequest& request) {
  Queue* const queue = request.queue;
  if (PutStatus status = RefusePut(queue, request.store_timestamp); status != PutStatus::kOk) {
    return Refuse(status);
  }
  if (request.items.size() > static_cast<size_t>(options_.max_message_size)) {
    return Refuse(PutStatus::kMessageIllegal);
  }
  const int64_t base_size =
      RecordBaseSize(queue->topic.size(), queue->topic_v2, request.born_host, request.store_host);
  // First pass: nothing is staged before every item has been found good.
  int64_t total = 0;
  int32_t count = 0;
  BatchItem item;
  BatchItems check(request.items);
  for (; check.Next(&item); ++count) {
    total += base_size + static_cast<int64_t>(item.body.size() + item.properties.size());
  }
  if (!check.valid() || count == 0 ||
      total > int64_t{options_.max_message_size} + kRecordOverhead ||
      total + kBlankSize > log_.segment_size()) {
    return Refuse(PutStatus::kMessageIllegal);
  }
  Result<uint8_t*> room = log_.Reserve(static_cast<int32_t>(total));
  if (!room.ok()) return Refuse(ReserveStatus(room.status()));
  TouchQueue(queue);
  RecordSpec spec;
  spec.magic = queue->topic_v2 ? kMagicV2 : kMagicV1;
  spec.queue_id = queue->id;
  spec.sys_flag = WithHostBits(request.sys_flag & ~sys_flag::kTransactionMask, request.born_host,
                               request.store_host);
  spec.born_timestamp = request.born_timestamp;
  spec.born_host = &request.born_host;
  spec.store_timestamp = request.store_timestamp;
  spec.store_host = &request.store_host;
  spec.reconsume_times = request.reconsume_times;
  spec.topic = queue->topic;
  const PhysicalOffset first = log_.staged_end();
  const QueueOffset first_queue_offset = queue->next_offset;
  uint8_t* to = room.value();
  for (BatchItems items(request.items); items.Next(&item);) {
    spec.size = static_cast<int32_t>(
        base_size + static_cast<int64_t>(item.body.size() + item.properties.size()));
    spec.flag = item.flag;
    spec.queue_offset = queue->next_offset++;
    spec.physical_offset = log_.staged_end();
    spec.body = item.body;
    spec.properties = item.properties;
    Encode(to, queue, spec);
    to += spec.size;
  }
  return {PutStatus::kOk, first, first_queue_offset, log_.staged_end(), count};
}

void DefaultMessageStore::DropStaged() {
  for (Queue* queue : staged_queues_) queue->next_offset = queue->offset_before_round;
  dispatcher_.DropStaged();
  log_.DropStaged();
}

Status DefaultMessageStore::CommitStaged() {
  if (!log_.HasStaged()) return Status::Ok();
  const Status written = log_.WriteStaged();
  if (written.ok()) {
    log_.Publish(staged_timestamp_);
    dispatcher_.KeepStaged();
    messages_put_.fetch_add(staged_messages_, std::memory_order_relaxed);
    bytes_put_.fetch_add(staged_bytes_, std::memory_order_relaxed);
  } else {
    DropStaged();
    // Whoever waits for a sync has to hear of the failure.
    flusher_.Request();
  }
  staged_queues_.clear();
  staged_messages_ = 0;
  staged_bytes_ = 0;
  ++round_;
  if (!written.ok()) return written;
  if (sync_flush()) {
    if (options_.sync_flush_on_commit) flusher_.Request();
    return Status::Ok();
  }
  // The messages are stored whatever becomes of their dispatch; a failure there refuses later ones.
  (void)DispatchConfirmed().ok();
  return Status::Ok();
}

Status DefaultMessageStore::DispatchConfirmed() {
  Status status = dispatcher_.Dispatch(reader_.Confirmed());
  if (status.ok() && !dispatch_blocked_.load(std::memory_order_relaxed)) return status;
  std::lock_guard lock(dispatch_failure_mutex_);
  dispatch_failure_ = status;
  dispatch_blocked_.store(!status.ok(), std::memory_order_release);
  return status;
}

void DefaultMessageStore::DispatchDurable() {
  if (sync_flush()) (void)DispatchConfirmed().ok();
}

}  // namespace apogee::store
