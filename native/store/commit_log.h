// SPDX-License-Identifier: Apache-2.0
/// The commit log: records of all queues one behind the other, in files of equal size. The
/// appender encodes into an arena and writes it with one pwrite per chunk; readers see records
/// through read-only maps, never beyond committed(). Layout: FORMAT.md, "Commit log".
#pragma once

#include <atomic>
#include <memory>
#include <mutex>

#include "store/log_health.h"
#include "store/segment.h"
#include "store/segment_allocator.h"
#include "store/zero_ahead.h"

namespace apogee::store {

class CommitLog {
 public:
  CommitLog(Io* io, std::string dir, const StoreOptions& options);
  ~CommitLog();

  // ---- opening and closing, one thread ----------------------------------------------------------
  /// Opens the files that exist. Errors: a file of another size or with another name.
  Status Load();
  /// Begins the writing life of the log at `end`: removes files above it, makes the bytes behind
  /// it zero and starts the allocator.
  Status StartAt(PhysicalOffset end);
  /// Ends it: removes a file that was prepared and not used.
  void Stop();

  // ---- appender thread --------------------------------------------------------------------------
  /// Where the next record of `size` bytes goes in the arena, rolling to the next file when this
  /// one has no room: then the file ends with a filler. staged_end() is the record's offset.
  /// Errors: kIoError or kNoSpace; a failed write also fails health().
  Result<uint8_t*> Reserve(int32_t size);
  /// Counts the `size` bytes reserved last as staged.
  void Advance(int32_t size);
  PhysicalOffset staged_end() const { return arena_base_ + static_cast<int64_t>(arena_used_); }
  bool HasStaged() const { return staged_end() > committed_.load(std::memory_order_relaxed); }
  /// Writes what is staged. Readers see it once Publish is called.
  Status WriteStaged();
  /// Forgets what was staged since Publish, written or not.
  void DropStaged();
  /// `store_timestamp`: that of the last staged record.
  void Publish(TimestampMs store_timestamp);

  // ---- any thread -------------------------------------------------------------------------------
  PhysicalOffset committed() const { return committed_.load(std::memory_order_acquire); }
  /// Store time of a record below committed(), the newest but for a race.
  TimestampMs last_store_timestamp() const {
    return last_store_timestamp_.load(std::memory_order_acquire);
  }
  PhysicalOffset min_offset() const;
  int64_t segment_size() const { return segment_size_; }
  std::shared_ptr<const SegmentList> segments() const;
  /// Makes the range durable. Flush thread.
  Status Sync(PhysicalOffset from, PhysicalOffset to);
  /// True when the byte at `offset` is so near the end, and written so recently by this process,
  /// that it is certainly in memory.
  bool IsHot(PhysicalOffset offset) const;
  LogHealth& health() { return health_; }
  const LogHealth& health() const { return health_; }

 private:
  Status Roll();
  Status TakeSegment(PhysicalOffset base);
  Status RemoveAbove(PhysicalOffset end);
  void PublishSegments(SegmentList list);

  Io* const io_;
  const std::string dir_;
  const int64_t segment_size_;
  const size_t arena_size_;
  const int64_t hot_budget_;
  const bool sync_flush_;

  LogHealth health_;
  std::unique_ptr<SegmentAllocator> allocator_;
  /// Null under ASYNC_FLUSH.
  std::unique_ptr<ZeroAhead> zero_ahead_;

  /// Guards segments_ only; held to copy or replace the pointer.
  mutable std::mutex segments_mutex_;
  std::shared_ptr<const SegmentList> segments_;

  /// Appender only. The arena holds the staged bytes that are not written yet; all of them belong
  /// to current_.
  std::unique_ptr<uint8_t[]> arena_;
  size_t arena_used_ = 0;
  PhysicalOffset arena_base_ = 0;
  std::shared_ptr<Segment> current_;

  /// Written by the appender.
  std::atomic<PhysicalOffset> committed_{0};
  std::atomic<TimestampMs> last_store_timestamp_{0};
  /// End of the log when this process opened it.
  PhysicalOffset opened_at_ = 0;
};

/// The segment of `list` that holds `offset`, or nullptr.
const Segment* FindSegment(const SegmentList& list, PhysicalOffset offset);

}  // namespace apogee::store
