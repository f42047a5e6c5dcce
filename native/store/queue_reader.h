// SPDX-License-Identifier: Apache-2.0
/// Reads of one queue: pulls, offsets by time, store times. Any thread; never takes a page fault
/// on a file that may not be in memory: such bytes are read with read calls or not at all.
#pragma once

#include <vector>

#include "store/commit_log.h"
#include "store/flusher.h"
#include "store/queue.h"

namespace apogee::store {

class QueueReader {
 public:
  QueueReader(const CommitLog* log, const Flusher* flusher, const StoreOptions& options,
              int64_t memory_bytes);

  /// Records that end at or below may be read: durable ones under SYNC_FLUSH, else all that are
  /// written. Spec §5.6.
  PhysicalOffset Confirmed() const { return sync_flush_ ? flusher_->durable() : log_->committed(); }
  ReadOutcome Read(const ReadRequest& request, ByteSink* sink) const;
  bool IsInMemory(const Queue* queue, QueueOffset offset) const;
  QueueOffset OffsetByTime(const Queue* queue, TimestampMs timestamp, bool upper) const;
  /// -1 when there is no such entry or its record is gone.
  TimestampMs StoreTimestamp(const Queue* queue, QueueOffset offset) const;
  /// The record at `offset`; false when none starts there.
  bool LookMessage(PhysicalOffset offset, std::vector<uint8_t>* record) const;

 private:
  struct Pull;
  struct Limits {
    int64_t bytes;
    int32_t count;
  };

  bool WalkQueue(Pull* pull, const ConsumeQueue& queue) const;
  bool Walk(Pull* pull, const uint8_t* entries, int64_t count) const;
  void Prefetch(const Pull& pull, const QueueEntry& entry) const;
  enum class Taken : uint8_t { kYes, kMissing, kCold, kUnreadable, kNoRoom };
  bool IsResident(Pull* pull, const Segment& segment, PhysicalOffset at, size_t size) const;
  Taken TakeRecord(Pull* pull, const QueueEntry& entry) const;
  bool IsFull(const Pull& pull, const QueueEntry& entry, bool in_memory) const;
  bool ReadEntry(const Queue* queue, QueueOffset offset, QueueEntry* entry) const;

  const CommitLog* const log_;
  const Flusher* const flusher_;
  const bool sync_flush_;
  const Limits memory_limits_;
  const Limits disk_limits_;
  const int32_t max_filter_message_size_;
  /// Records nearer than this to the end of the log are taken to be in memory, by Apache's rule.
  const int64_t memory_distance_;
};

}  // namespace apogee::store
