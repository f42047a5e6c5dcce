// SPDX-License-Identifier: Apache-2.0
/// The key index over all its files: adds to the newest, asks from the newest to the oldest.
#pragma once

#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "store/index_file.h"

namespace apogee::store {

struct IndexLoadReport {
  /// Start of the log range whose keys were removed with damaged files; -1 when nothing was.
  PhysicalOffset rebuild_from = -1;
};

class IndexService {
 public:
  IndexService(Io* io, std::string dir, const IndexGeometry& geometry);

  /// Opens the files. With `drop_after` >= 0, the time of the checkpoint, files with keys newer
  /// than that are removed, for they were not made durable; keys of records at `end` of the log
  /// and above cannot be there. Errors: a file of another size.
  Result<IndexLoadReport> Load(TimestampMs drop_after);
  /// Removes the newest file when it knows records at `end` or above; they no longer exist.
  Result<IndexLoadReport> DropAbove(PhysicalOffset end);

  // ---- dispatching thread -----------------------------------------------------------------------
  void Prefetch(int32_t key_hash) const;
  /// Adds the keys of one record. Records at or below the last one with all its keys are there
  /// already and are dropped. Errors: no space for a new file; nothing of the record was lost
  /// then, the same call may be tried again.
  Status Put(PhysicalOffset offset, TimestampMs store_timestamp,
             std::span<const int32_t> key_hashes);
  /// Ends a batch of Put calls.
  void EndBatch();

  // ---- any thread -------------------------------------------------------------------------------
  IndexQueryResult Query(int32_t key_hash, int32_t max_count, TimestampMs begin_ms,
                         TimestampMs end_ms) const;

  // ---- housekeeping thread ----------------------------------------------------------------------
  /// Makes files that became full since the last call durable, or with `all` every key. Result:
  /// the store time up to which keys are durable, 0 when that did not move.
  Result<TimestampMs> Sync(bool all);

 private:
  using Files = std::vector<std::shared_ptr<IndexFile>>;

  Status AddFile(TimestampMs now_ms);
  Files files() const;
  void FindComplete();

  Io* const io_;
  const std::string dir_;
  const IndexGeometry geometry_;

  /// Dispatching thread only.
  std::shared_ptr<IndexFile> current_;
  /// The last record whose keys are all there, -1 for none.
  PhysicalOffset complete_ = -1;

  /// Guards files_ and unsynced_.
  mutable std::mutex mutex_;
  /// Oldest first.
  Files files_;
  /// Full files that are not durable yet.
  Files unsynced_;
};

}  // namespace apogee::store
