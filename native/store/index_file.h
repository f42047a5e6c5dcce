// SPDX-License-Identifier: Apache-2.0
/// One file of the key index: a hash table on disk whose slots point at chains of entries. The
/// dispatching thread adds, any thread looks up, without a lock. Layout: FORMAT.md, "Index".
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "store/io.h"
#include "store/message_store.h"

namespace apogee::store {

struct IndexGeometry {
  int32_t slot_count = 0;
  /// Entries are numbered 1 to max_index - 1.
  int32_t max_index = 0;

  int64_t FileSize() const;
};

struct IndexHeader {
  TimestampMs begin_timestamp = 0;
  TimestampMs end_timestamp = 0;
  PhysicalOffset begin_physical = 0;
  PhysicalOffset end_physical = 0;
  int32_t used_slots = 0;
  /// Number of the next entry, from 1.
  int32_t index_count = 1;
};

/// Reads the header of a file without mapping it.
Result<IndexHeader> ReadIndexHeader(Io* io, const std::string& path);

class IndexFile {
 public:
  /// Creates the file with all blocks reserved. `previous` is the header of the file in front or
  /// nullptr: its end values are this file's first begin and end values, as in Apache.
  static Result<std::shared_ptr<IndexFile>> Create(Io* io, const std::string& path,
                                                   const IndexGeometry& geometry,
                                                   const IndexHeader* previous);
  static Result<std::shared_ptr<IndexFile>> Open(Io* io, const std::string& path,
                                                 const IndexGeometry& geometry);

  // ---- dispatching thread -----------------------------------------------------------------------
  bool Full() const;
  void Prefetch(int32_t key_hash) const;
  /// Adds one entry; the file must not be full. `key_hash` is not negative.
  void Put(int32_t key_hash, PhysicalOffset offset, TimestampMs store_timestamp);
  /// Writes the header into the file: what was put counts after a crash of the process.
  void StoreHeader();

  // ---- any thread -------------------------------------------------------------------------------
  IndexHeader header() const;
  const std::string& path() const { return path_; }
  /// Does not fault on pages that are not in memory, but reads them. Appends to `offsets`, newest
  /// first and at most up to `max_count` of them, the records of `key_hash` whose store time lies
  /// within the bounds.
  void Query(int32_t key_hash, size_t max_count, TimestampMs begin_ms, TimestampMs end_ms,
             std::vector<PhysicalOffset>* offsets) const;
  Status Sync() const;

 private:
  IndexFile(Io* io, std::string path, const IndexGeometry& geometry, std::unique_ptr<Mapping> map,
            const IndexHeader& header);
  int64_t SlotPosition(int32_t key_hash) const;
  /// Number of the newest entry in a slot, with everything that was stored before it was put there.
  int32_t LoadSlot(int32_t key_hash) const;
  void StoreSlot(int32_t key_hash, int32_t number);
  int64_t EntryPosition(int32_t number) const;
  uint8_t* Entry(int32_t number) const { return map_->writable() + EntryPosition(number); }
  bool FirstInSlot(int32_t key_hash, int32_t* number) const;
  class EntryReader;
  int32_t PreviousInSlot(int32_t number, int32_t index_count) const;

  Io* const io_;
  const std::string path_;
  const IndexGeometry geometry_;
  const std::unique_ptr<Mapping> map_;

  /// The header, written by the dispatching thread.
  std::atomic<TimestampMs> begin_timestamp_;
  std::atomic<TimestampMs> end_timestamp_;
  std::atomic<PhysicalOffset> begin_physical_;
  std::atomic<PhysicalOffset> end_physical_;
  std::atomic<int32_t> used_slots_;
  std::atomic<int32_t> index_count_;
};

}  // namespace apogee::store
