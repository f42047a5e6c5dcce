// SPDX-License-Identifier: Apache-2.0
/// One file of the commit log: written with pwrite, read through a read-only map.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "store/io.h"
#include "store/message_store.h"

namespace apogee::store {

/// Immutable apart from the file's content. Shared by the appender, the flush thread and readers;
/// the file is closed and unmapped when the last of them lets go.
class Segment {
 public:
  /// Opens an existing file of `size` bytes.
  static Result<std::shared_ptr<Segment>> Open(Io* io, const std::string& dir, PhysicalOffset base,
                                               int64_t size);
  /// Creates the file at its full size with all blocks reserved. Leaves nothing behind on failure.
  static Result<std::shared_ptr<Segment>> Create(Io* io, const std::string& dir,
                                                 PhysicalOffset base, int64_t size);

  PhysicalOffset base() const { return base_; }
  PhysicalOffset end() const { return base_ + static_cast<int64_t>(map_->size()); }
  const std::string& path() const { return path_; }
  File& file() const { return *file_; }
  const Mapping& map() const { return *map_; }
  const uint8_t* At(PhysicalOffset offset) const { return map_->data() + (offset - base_); }

 private:
  Segment(std::string path, PhysicalOffset base, std::unique_ptr<File> file,
          std::unique_ptr<Mapping> map);

  const std::string path_;
  const PhysicalOffset base_;
  const std::unique_ptr<File> file_;
  const std::unique_ptr<Mapping> map_;
};

/// Ascending by base.
using SegmentList = std::vector<std::shared_ptr<Segment>>;

}  // namespace apogee::store
