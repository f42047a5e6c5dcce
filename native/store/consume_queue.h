// SPDX-License-Identifier: Apache-2.0
/// The entries of one (topic, queueId): 20 bytes per message, in files of equal size that are
/// created, mapped and given blocks only as far as they are used. Layout: FORMAT.md, "Consume
/// queue".
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "store/io.h"
#include "store/message_store.h"

namespace apogee::store {

struct QueueEntry {
  PhysicalOffset physical_offset = 0;
  int32_t size = 0;
  int64_t tags_code = 0;
};

/// What all queues of a store share. Immutable.
struct ConsumeQueueConfig {
  Io* io = nullptr;
  /// The `consumequeue` directory.
  std::string root;
  /// Bytes, a multiple of 20.
  int64_t file_size = 0;
};

/// One file. `map` is null until somebody needs it.
struct QueueFile {
  std::string path;
  /// Offset in bytes of the first entry.
  int64_t start = 0;
  std::shared_ptr<const Mapping> map;
};

/// Consecutive entries of one file, as far as the queue reaches. Keeps the file mapped.
struct QueueSlice {
  /// 0 when the position is in no file.
  int64_t count = 0;
  /// Null when the file could not be mapped; ReadCold may still work.
  std::shared_ptr<const Mapping> map;
  /// The first entry, in `map`.
  const uint8_t* data = nullptr;
  /// First queue offset of the next file.
  QueueOffset next_file = 0;
};

class ConsumeQueue {
 public:
  ConsumeQueue(const ConsumeQueueConfig* config, std::string_view topic, int32_t queue_id);

  // ---- opening, one thread ----------------------------------------------------------------------
  /// Finds the files and the end of the entries. With `unclean` the bytes behind the end are made
  /// zero. Errors: a file of another size or with another name.
  Status Load(bool unclean);
  /// Put for a record read from the log. Writes the last entry again, for the process may have
  /// died half-way through it, and leaves out an offset that can only be damage.
  Status PutAgain(QueueOffset offset, const QueueEntry& entry);
  /// Drops entries of records at `end` and above.
  Status Truncate(PhysicalOffset end);
  /// Moves the minimum past entries whose records lie below `min_physical`.
  Status CorrectMin(PhysicalOffset min_physical);

  // ---- dispatching thread -----------------------------------------------------------------------
  /// Adds the entry of `offset`. An entry for a record below last_end() is dropped as a duplicate.
  /// Errors: no space for the file; nothing was added then and the same call may be tried again.
  Status Put(QueueOffset offset, const QueueEntry& entry);
  /// Removes all files. The queue is empty then and may be used again.
  Status Destroy();

  // ---- any thread -------------------------------------------------------------------------------
  QueueOffset min() const { return min_.load(std::memory_order_acquire); }
  QueueOffset max() const { return max_.load(std::memory_order_acquire); }
  /// End of the last record dispatched here, 0 when there is none. Apache's maxPhysicOffset.
  PhysicalOffset last_end() const { return last_end_.load(std::memory_order_acquire); }
  /// Entries from `offset` to the end of its file, but below max().
  QueueSlice Slice(QueueOffset offset) const;
  /// Reads up to `count` entries of the slice's range with read calls instead of page faults.
  Result<std::vector<uint8_t>> ReadCold(QueueOffset offset, int64_t count) const;

  // ---- housekeeping thread ----------------------------------------------------------------------
  /// Where the entries end, in bytes, when at least `least_pages` pages of them are not durable;
  /// else -1.
  int64_t FlushTarget(int32_t least_pages);
  /// Makes the entries up to `target` durable.
  Status Flush(int64_t target);
  /// Notes that something else made them durable.
  void MarkFlushed(int64_t target);

 private:
  Status PrepareSlow(QueueOffset offset);
  Status OpenTail(QueueOffset offset, bool first_file);
  Status Reserve(int64_t position);
  Status PreFill(int64_t from, int64_t to);
  void StoreEntry(int64_t position, const QueueEntry& entry);
  Status FindEnd(size_t first_file);
  Status ZeroBehind(QueueOffset end);
  Status DropFilesAfter(size_t count);
  Result<QueueEntry> EntryAt(QueueOffset offset) const;
  Result<size_t> ReadAt(const QueueFile& file, int64_t position, std::span<uint8_t> into) const;
  const QueueFile* FindFile(int64_t position) const;

  const ConsumeQueueConfig* const config_;
  const std::string dir_;

  std::atomic<QueueOffset> min_{0};
  std::atomic<QueueOffset> max_{0};
  std::atomic<PhysicalOffset> last_end_{0};

  /// Dispatching thread only: the file being written. Entries below writable_end_ have blocks.
  uint8_t* tail_data_ = nullptr;
  int64_t tail_start_ = 0;
  int64_t writable_end_ = 0;

  /// Housekeeping thread only: bytes made durable.
  int64_t flushed_ = 0;

  /// Guards files_ and the maps in it.
  mutable std::mutex files_mutex_;
  mutable std::vector<QueueFile> files_;
  /// Guarded by files_mutex_: a file was created since the last flush, so directories must be
  /// synced.
  bool fresh_files_ = false;
  /// Guarded by files_mutex_: the files were removed since the last flush.
  bool restarted_ = false;
};

QueueEntry LoadQueueEntry(const uint8_t* from);

}  // namespace apogee::store
