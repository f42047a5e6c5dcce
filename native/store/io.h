// SPDX-License-Identifier: Apache-2.0
/// Disk, as the store sees it. Implemented by native/posix and, with faults, by native/test.
/// Nothing here is particular to one operating system. Objects are not thread-safe unless a
/// member says so; paths are UTF-8.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "store/result.h"

namespace apogee::store {

using Bytes = std::span<const uint8_t>;

enum class OpenMode : uint8_t { kReadOnly, kReadWrite, kCreate };
enum class MapMode : uint8_t { kReadOnly, kReadWrite };

/// A mapped range of a file, from its first byte. Unmaps on destruction. Data may be read by any
/// thread; a mapping outlives its File and the removal of the file.
class Mapping {
 public:
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  virtual ~Mapping() = default;

  const uint8_t* data() const { return data_; }
  /// Only of a kReadWrite mapping, and only where File::Allocate reserved blocks.
  uint8_t* writable() const { return data_; }
  size_t size() const { return size_; }

  /// True when every page of the range is in memory, so that reading it does not wait for a disk.
  /// False when that is not known. Any thread.
  virtual bool Resident(size_t offset, size_t length) const = 0;
  /// Makes stores to the range durable. Any thread.
  virtual Status Sync(size_t offset, size_t length) const = 0;

 protected:
  Mapping(uint8_t* data, size_t size) : data_(data), size_(size) {}

 private:
  uint8_t* data_;
  size_t size_;
};

/// An open file; closes on destruction. WriteAt, ReadAt and SyncData may run on several threads.
class File {
 public:
  File() = default;
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  virtual ~File() = default;

  /// Writes all of `data` or fails; after a failure the range holds anything.
  virtual Status WriteAt(int64_t offset, Bytes data) = 0;
  /// Result: bytes read, fewer than asked for only at the end of the file.
  virtual Result<size_t> ReadAt(int64_t offset, std::span<uint8_t> into) = 0;
  /// Returns once all written bytes and the file size are on stable storage. A failure is final:
  /// the bytes may be lost even if a later call succeeds.
  virtual Status SyncData() = 0;
  /// Reserves blocks for the range, extending the file if needed. Bytes never written read as
  /// zero; written ones keep their value. Errors: kNoSpace.
  virtual Status Allocate(int64_t offset, int64_t length) = 0;
  /// Makes the range read as zero. With keep_blocks its blocks stay reserved, else they may be
  /// given back and the range must be allocated again before mapped stores.
  virtual Status Zero(int64_t offset, int64_t length, bool keep_blocks) = 0;
  /// False only when it is known that nothing but zeros lies at `offset` and behind, because no
  /// block there was ever written.
  virtual bool MayHoldData(int64_t offset) = 0;
  virtual Status Resize(int64_t size) = 0;
  virtual Result<int64_t> Size() const = 0;
  virtual Result<std::unique_ptr<Mapping>> Map(int64_t length, MapMode mode) = 0;
  /// Takes the write lock on byte 0, length 1, that a Java broker takes too; held until the File
  /// closes. Errors: kLocked.
  virtual Status Lock() = 0;
};

struct DirEntry {
  std::string name;
  bool is_directory = false;
  /// Bytes; 0 for directories.
  int64_t size = 0;
};

struct PathInfo {
  bool exists = false;
  bool is_directory = false;
  int64_t size = 0;
};

struct DiskSpace {
  int64_t total_bytes = 0;
  /// Bytes that an unprivileged process may still use.
  int64_t free_bytes = 0;
};

/// The file system and the few facts of the machine that the store needs. Any thread.
class Io {
 public:
  Io() = default;
  Io(const Io&) = delete;
  Io& operator=(const Io&) = delete;
  virtual ~Io() = default;

  /// kCreate creates the file when it is missing and never truncates.
  virtual Result<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode) = 0;
  virtual PathInfo Stat(const std::string& path) = 0;
  virtual Status Rename(const std::string& from, const std::string& to) = 0;
  /// Removes a file. A missing file is no error.
  virtual Status Remove(const std::string& path) = 0;
  /// Removes an empty directory. A missing one is no error.
  virtual Status RemoveDirectory(const std::string& path) = 0;
  virtual Status CreateDirectories(const std::string& path) = 0;
  /// Entries without `.` and `..`, sorted by name. A missing directory has none.
  virtual Result<std::vector<DirEntry>> List(const std::string& path) = 0;
  /// Makes creations, renames and removals in the directory durable.
  virtual Status SyncDirectory(const std::string& path) = 0;
  /// Makes everything below `path` durable at once, mapped stores included, which for many files
  /// is far cheaper than one by one. Result: false where the system cannot; nothing is done then.
  virtual Result<bool> SyncAll(const std::string& path) = 0;
  virtual Result<DiskSpace> Space(const std::string& path) = 0;

  virtual int64_t PhysicalMemoryBytes() = 0;
  virtual int64_t ProcessId() = 0;
  /// Changes whenever the machine restarts; empty when unknown.
  virtual std::string BootId() = 0;
  /// yyyyMMddHHmmssSSS of `epoch_ms` in the local time zone.
  virtual std::string LocalTimestamp(int64_t epoch_ms) = 0;
};

}  // namespace apogee::store
