// SPDX-License-Identifier: Apache-2.0
#include "store/dispatcher.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include "store/java_hash.h"
#include "store/log_scanner.h"
#include "store/properties.h"

namespace apogee::store {
namespace {

constexpr uint64_t kItems = 1 << 16;
constexpr uint64_t kHashes = 1 << 18;
/// Small enough that prefetched index slots are still in cache when they are written.
constexpr uint64_t kBatch = 256;
/// What Apache adds for a delay level it has no time for.
constexpr int64_t kUnknownLevelMs = 1000;

}  // namespace

Dispatcher::Dispatcher(CommitLog* log, QueueTable* queues, IndexService* index,
                       std::vector<int64_t> delay_level_ms)
    : log_(log),
      queues_(queues),
      index_(index),
      delay_level_ms_(std::move(delay_level_ms)),
      items_(std::make_unique_for_overwrite<Item[]>(kItems)),
      hashes_(std::make_unique_for_overwrite<int32_t[]>(kHashes)) {}

void Dispatcher::StartAt(PhysicalOffset end) {
  dispatched_.store(end, std::memory_order_release);
  arrived_.clear();
  recovering_ = false;
}

DispatchMark Dispatcher::mark() const {
  std::lock_guard lock(mark_mutex_);
  return mark_;
}

void Dispatcher::SetMark(const Item& item) {
  std::lock_guard lock(mark_mutex_);
  mark_ = {item.offset, item.offset + item.size, item.store_timestamp};
}

/// Time of delivery, which a schedule queue keeps in place of the tag.
int64_t Dispatcher::ScheduleCode(std::string_view delay, TimestampMs store_timestamp) const {
  int32_t level = 0;
  std::from_chars(delay.data(), delay.data() + delay.size(), level);
  const auto count = static_cast<int32_t>(delay_level_ms_.size());
  level = std::min(level, count);
  if (level <= 0) return store_timestamp + kUnknownLevelMs;
  return store_timestamp + delay_level_ms_[static_cast<size_t>(level - 1)];
}

/// Fills what the record's flags and properties decide: the tags code into `item`, the hashes of
/// its keys into scratch_.
void Dispatcher::Describe(const Queue& queue, int32_t sys_flags, TimestampMs store_timestamp,
                          Bytes properties, Item* item) {
  const DispatchProperties found = ScanProperties(properties);
  const int32_t transaction = sys_flags & sys_flag::kTransactionMask;
  item->has_queue_entry = !TakesNoQueueOffset(sys_flags);
  item->tags_code = found.tags.empty() ? 0 : JavaHash(found.tags);
  if (queue.is_schedule && !found.delay.empty()) {
    item->tags_code = ScheduleCode(found.delay, store_timestamp);
  }
  scratch_.clear();
  item->key_count = 0;
  if (index_ == nullptr || transaction == sys_flag::kTransactionRollback) return;
  const int32_t prefix = queue.key_prefix_hash;
  const auto add = [&](std::string_view key, int32_t seed) {
    scratch_.push_back(NonNegativeHash(JavaHash(key, seed)));
  };
  if (!found.uniq_key.empty()) add(found.uniq_key, prefix);
  ForEachKey(found.keys, [&](std::string_view key) { add(key, prefix); });
  if (!found.tags.empty()) add(found.tags, JavaHash("T#", prefix));
  item->key_count = static_cast<uint32_t>(scratch_.size());
}

bool Dispatcher::HasRoomFor(size_t key_count) const {
  return tail_ - head_ < kItems && hash_tail_ - hash_head_ + key_count <= kHashes;
}

void Dispatcher::Stage(Queue* queue, PhysicalOffset offset, const RecordSpec& spec) {
  if (overflow_) return;
  if (tail_ == head_) {
    head_ = tail_ = kept_tail_ = 0;
    hash_head_ = hash_tail_ = kept_hash_tail_ = 0;
  }
  Item item;
  item.queue = queue;
  item.offset = offset;
  item.queue_offset = spec.queue_offset;
  item.store_timestamp = spec.store_timestamp;
  item.size = spec.size;
  Describe(*queue, spec.sys_flag, spec.store_timestamp, spec.properties, &item);
  if (!HasRoomFor(scratch_.size())) {
    overflow_ = true;
    return;
  }
  items_[tail_++ % kItems] = item;
  for (const int32_t hash : scratch_) hashes_[hash_tail_++ % kHashes] = hash;
}

Status Dispatcher::PutQueueEntry(const Item& item) {
  if (!item.has_queue_entry || item.offset < item.queue->dispatch_from) return Status::Ok();
  ConsumeQueue& queue = item.queue->consume_queue;
  const QueueEntry entry{item.offset, item.size, item.tags_code};
  return recovering_ ? queue.PutAgain(item.queue_offset, entry)
                     : queue.Put(item.queue_offset, entry);
}

Status Dispatcher::PutKeys(const Item& item, uint64_t hash_head) {
  if (item.key_count == 0) return Status::Ok();
  const uint64_t start = hash_head % kHashes;
  if (start + item.key_count <= kHashes) {
    return index_->Put(item.offset, item.store_timestamp, {&hashes_[start], item.key_count});
  }
  scratch_.clear();
  for (uint32_t i = 0; i < item.key_count; ++i) {
    scratch_.push_back(hashes_[(hash_head + i) % kHashes]);
  }
  return index_->Put(item.offset, item.store_timestamp, scratch_);
}

void Dispatcher::PrefetchKeys(uint64_t count) const {
  uint64_t hash = hash_head_;
  for (uint64_t i = 0; i < count; ++i) {
    for (uint32_t k = items_[(head_ + i) % kItems].key_count; k > 0; --k) {
      index_->Prefetch(hashes_[hash++ % kHashes]);
    }
  }
}

void Dispatcher::Announce(Queue* queue) {
  if (queue->arrival_round == round_) return;
  queue->arrival_round = round_;
  arrived_.push_back(queue);
}

/// Writes the first `count` items: queue entries, then keys. Items are taken off the ring once
/// both are written.
Status Dispatcher::DispatchBatch(uint64_t count) {
  if (index_ != nullptr) PrefetchKeys(count);
  Status status;
  uint64_t queued = 0;
  for (; queued < count; ++queued) {
    const Item& item = items_[(head_ + queued) % kItems];
    status = PutQueueEntry(item);
    if (!status.ok()) break;
    if (item.has_queue_entry) Announce(item.queue);
  }
  const Item* last = nullptr;
  for (uint64_t i = 0; i < queued; ++i) {
    const Item& item = items_[head_ % kItems];
    if (index_ != nullptr) {
      if (Status keys = PutKeys(item, hash_head_); !keys.ok()) {
        status = std::move(keys);
        break;
      }
    }
    hash_head_ += item.key_count;
    ++head_;
    last = &item;
  }
  if (index_ != nullptr) index_->EndBatch();
  if (last != nullptr) {
    SetMark(*last);
    dispatched_.store(last->offset + last->size, std::memory_order_release);
  }
  return status;
}

Status Dispatcher::Dispatch(PhysicalOffset limit) {
  Status status;
  ++round_;
  while (status.ok() && head_ != kept_tail_) {
    uint64_t count = 0;
    const uint64_t most = std::min(kBatch, kept_tail_ - head_);
    while (count < most) {
      const Item& item = items_[(head_ + count) % kItems];
      if (item.offset + item.size > limit) break;
      ++count;
    }
    if (count == 0) break;
    status = DispatchBatch(count);
  }
  if (status.ok() && overflow_ && head_ == kept_tail_) status = CatchUpFromLog(limit);
  if (arrival_ != nullptr) {
    for (Queue* queue : arrived_) arrival_(queue);
  }
  arrived_.clear();
  return status;
}

/// Reads back what did not fit into the ring.
Status Dispatcher::CatchUpFromLog(PhysicalOffset limit) {
  LogScanner scanner(log_->segments(), dispatched(), std::min(limit, log_->committed()),
                     CrcCheck::kSkip);
  for (;;) {
    switch (scanner.Next()) {
      case ScanStep::kRecord:
        if (Status status = Redispatch(scanner.record()); !status.ok()) return status;
        break;
      case ScanStep::kEnd:
        if (dispatched() >= log_->committed() && !log_->HasStaged()) overflow_ = false;
        return Status::Ok();
      case ScanStep::kInvalid:
        return Status(StatusCode::kCorrupt, "The commit log cannot be read back at " +
                                                std::to_string(scanner.position()) + ": " +
                                                scanner.reason() + ".");
      case ScanStep::kFailed:
        return scanner.status();
    }
  }
}

Status Dispatcher::Redispatch(const RecordView& record) {
  Item item;
  item.queue = queues_->Resolve(record.topic, record.queue_id);
  item.offset = record.physical_offset;
  item.queue_offset = record.queue_offset;
  item.store_timestamp = record.store_timestamp;
  item.size = record.size;
  Describe(*item.queue, record.sys_flag, record.store_timestamp, record.properties, &item);
  // A name no file could carry is damage that got past every check; nothing can be queued for it.
  if (!item.queue->topic_legal) item.has_queue_entry = false;
  if (Status status = PutQueueEntry(item); !status.ok()) return status;
  if (item.has_queue_entry) Announce(item.queue);
  if (index_ != nullptr) {
    Status status = index_->Put(item.offset, item.store_timestamp, scratch_);
    index_->EndBatch();
    if (!status.ok()) return status;
  }
  SetMark(item);
  dispatched_.store(item.offset + item.size, std::memory_order_release);
  return Status::Ok();
}

}  // namespace apogee::store
