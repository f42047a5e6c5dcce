// SPDX-License-Identifier: Apache-2.0
/// The `checkpoint` file: how far the files of the store are durable. Layout: FORMAT.md.
#pragma once

#include <memory>
#include <string>

#include "store/message_store.h"

namespace apogee::store {

struct CheckpointValues {
  /// Store time of the last record known durable in the commit log.
  TimestampMs physic_msg_timestamp = 0;
  /// Store time and start of the last record whose queue entry is durable; both or neither.
  TimestampMs logics_msg_timestamp = 0;
  PhysicalOffset logics_physical_offset = 0;
  /// Keys up to this store time are durable in the index.
  TimestampMs index_msg_timestamp = 0;
  /// Kept as found: replication writes them.
  PhysicalOffset master_flushed_offset = 0;
  PhysicalOffset confirm_physical_offset = 0;

  bool operator==(const CheckpointValues&) const = default;
};

/// Not thread-safe: opening, then the housekeeping thread, then closing.
class Checkpoint {
 public:
  Checkpoint(Io* io, std::string path) : io_(io), path_(std::move(path)) {}

  /// Reads the file, or creates it with zeros. Bytes behind the known fields are left alone.
  Status Load();
  const CheckpointValues& values() const { return stored_; }
  /// Writes and syncs when something changed. Call it once what the values say is durable.
  Status Store(const CheckpointValues& values);

 private:
  Io* const io_;
  const std::string path_;
  std::unique_ptr<File> file_;
  CheckpointValues stored_;
};

}  // namespace apogee::store
