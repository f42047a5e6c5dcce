// SPDX-License-Identifier: Apache-2.0
/// Turns records into consume queue entries and index keys. Appending leaves an item per record in
/// a preallocated ring; Dispatch works through it in batches. When the ring is full, and after a
/// restart, records are read back from the log instead. Appender thread, except where noted.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "store/commit_log.h"
#include "store/index_service.h"
#include "store/queue.h"
#include "store/record.h"

namespace apogee::store {

/// The last record whose entry and keys are written.
struct DispatchMark {
  PhysicalOffset offset = 0;
  PhysicalOffset end = 0;
  TimestampMs store_timestamp = 0;
};

class Dispatcher {
 public:
  /// `index` may be null: keys are not indexed then.
  Dispatcher(CommitLog* log, QueueTable* queues, IndexService* index,
             std::vector<int64_t> delay_level_ms);

  /// Begins the life of the ring: everything below `end` is dispatched.
  void StartAt(PhysicalOffset end);

  /// Notes a record that was just encoded at `offset`. `properties` are its own.
  void Stage(Queue* queue, PhysicalOffset offset, const RecordSpec& spec);
  /// Staged items count from now on.
  void KeepStaged() { kept_tail_ = tail_, kept_hash_tail_ = hash_tail_; }
  /// Forgets what was staged since KeepStaged.
  void DropStaged() { tail_ = kept_tail_, hash_tail_ = kept_hash_tail_; }

  /// Dispatches records that end at or below `limit` and announces their queues. Errors: a file
  /// could not be extended; what was not dispatched is tried again by the next call.
  Status Dispatch(PhysicalOffset limit);
  /// Recovery: dispatches a record read from the log. Duplicates are dropped.
  Status Redispatch(const RecordView& record);
  void SetQueueArrival(QueueArrival listener) { arrival_ = std::move(listener); }

  /// Any thread: every record below is dispatched.
  PhysicalOffset dispatched() const { return dispatched_.load(std::memory_order_acquire); }
  /// Any thread.
  DispatchMark mark() const;

 private:
  struct Item {
    Queue* queue;
    PhysicalOffset offset;
    QueueOffset queue_offset;
    int64_t tags_code;
    TimestampMs store_timestamp;
    int32_t size;
    uint32_t key_count;
    bool has_queue_entry;
  };

  bool HasRoomFor(size_t key_count) const;
  void Describe(const Queue& queue, int32_t sys_flags, TimestampMs store_timestamp,
                Bytes properties, Item* item);
  int64_t ScheduleCode(std::string_view delay, TimestampMs store_timestamp) const;
  Status DispatchBatch(uint64_t count);
  Status PutQueueEntry(const Item& item);
  Status PutKeys(const Item& item, uint64_t hash_head);
  void PrefetchKeys(uint64_t count) const;
  Status CatchUpFromLog(PhysicalOffset limit);
  void Announce(Queue* queue);
  void SetMark(const Item& item);

  CommitLog* const log_;
  QueueTable* const queues_;
  IndexService* const index_;
  const std::vector<int64_t> delay_level_ms_;
  QueueArrival arrival_;

  /// Items and key hashes in order; positions count up and are taken modulo the size. Both begin
  /// again at 0 whenever the ring is empty, so that a chunk at a time stays in cache.
  const std::unique_ptr<Item[]> items_;
  const std::unique_ptr<int32_t[]> hashes_;
  uint64_t head_ = 0;
  uint64_t tail_ = 0;
  uint64_t kept_tail_ = 0;
  uint64_t hash_head_ = 0;
  uint64_t hash_tail_ = 0;
  uint64_t kept_hash_tail_ = 0;
  /// Until StartAt.
  bool recovering_ = true;
  /// The ring was full: records behind its last item are only in the log.
  bool overflow_ = false;

  /// Keys of the record being described.
  std::vector<int32_t> scratch_;
  std::vector<Queue*> arrived_;
  uint64_t round_ = 0;

  std::atomic<PhysicalOffset> dispatched_{0};
  /// Guards mark_, which the housekeeping thread reads.
  mutable std::mutex mark_mutex_;
  DispatchMark mark_;
};

}  // namespace apogee::store
