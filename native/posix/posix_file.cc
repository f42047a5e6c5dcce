// SPDX-License-Identifier: Apache-2.0
#include "posix/posix_file.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "posix/platform.h"
#include "posix/raw_io.h"

namespace apogee::posix {
namespace {

using store::Bytes;
using store::File;
using store::MapMode;
using store::Mapping;
using store::Result;
using store::Status;
using store::StatusCode;

size_t PageSize() {
  static const auto size = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  return size;
}

/// mincore takes `unsigned char*` on Linux and `char*` on macOS.
template <typename Address, typename Byte>
int CallMincore(int (*function)(Address, size_t, Byte*), void* start, size_t size, char* pages) {
  return function(start, size, reinterpret_cast<Byte*>(pages));
}

class PosixMapping final : public Mapping {
 public:
  PosixMapping(uint8_t* data, size_t size, std::string path)
      : Mapping(data, size), path_(std::move(path)) {}
  ~PosixMapping() override { ::munmap(writable(), size()); }

  bool Resident(size_t offset, size_t length) const override {
    const size_t page = PageSize();
    size_t at = offset / page * page;
    const size_t end = std::min(size(), offset + length);
    char pages[256];
    while (at < end) {
      const size_t step = std::min(end - at, sizeof pages * page);
      if (CallMincore(::mincore, writable() + at, step, pages) != 0) return false;
      const size_t count = (step + page - 1) / page;
      for (size_t i = 0; i < count; ++i) {
        if ((pages[i] & 1) == 0) return false;
      }
      at += step;
    }
    return true;
  }

  Status Sync(size_t offset, size_t length) const override {
    const size_t start = offset / PageSize() * PageSize();
    const size_t end = std::min(size(), offset + length);
    if (start >= end) return Status::Ok();
    if (::msync(writable() + start, end - start, MS_SYNC) == 0) return Status::Ok();
    return ErrnoStatus(errno, "sync", path_);
  }

 private:
  const std::string path_;
};

class PosixFile final : public File {
 public:
  PosixFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  ~PosixFile() override {
    if (locked_) UnlockByte0(lock_owner_);
    ::close(fd_);
  }

  Status WriteAt(int64_t offset, Bytes data) override {
    return Done(WriteFully(fd_, data.data(), data.size(), offset), "write");
  }

  Result<size_t> ReadAt(int64_t offset, std::span<uint8_t> into) override {
    size_t done = 0;
    const int error = ReadFully(fd_, into.data(), into.size(), offset, &done);
    if (error != 0) return ErrnoStatus(error, "read", path_);
    return done;
  }

  Status SyncData() override { return Done(SyncFileData(fd_), "sync"); }

  Status Allocate(int64_t offset, int64_t length) override {
    return Done(AllocateRange(fd_, offset, length), "allocate");
  }

  Status Zero(int64_t offset, int64_t length, bool keep_blocks) override {
    if (length <= 0) return Status::Ok();
    return Done(ZeroRange(fd_, offset, length, keep_blocks), "zero");
  }

  bool MayHoldData(int64_t offset) override { return HasDataFrom(fd_, offset); }

  Status Resize(int64_t size) override {
    int result;
    do {
      result = ::ftruncate(fd_, static_cast<off_t>(size));
    } while (result != 0 && errno == EINTR);
    return Done(result == 0 ? 0 : errno, "resize");
  }

  Result<int64_t> Size() const override {
    struct stat info = {};
    if (::fstat(fd_, &info) != 0) return ErrnoStatus(errno, "stat", path_);
    return static_cast<int64_t>(info.st_size);
  }

  Result<std::unique_ptr<Mapping>> Map(int64_t length, MapMode mode) override {
    const auto size = static_cast<size_t>(length);
    const int protection = mode == MapMode::kReadWrite ? PROT_READ | PROT_WRITE : PROT_READ;
    void* data = ::mmap(nullptr, size, protection, MAP_SHARED, fd_, 0);
    if (data == MAP_FAILED) return ErrnoStatus(errno, "map", path_);
    // A stray fault then costs one page, not a read-ahead window.
    ::madvise(data, size, MADV_RANDOM);
    return std::unique_ptr<Mapping>(
        std::make_unique<PosixMapping>(static_cast<uint8_t*>(data), size, path_));
  }

  Status Lock() override {
    const int error = LockByte0(fd_, &lock_owner_);
    locked_ = error == 0;
    if (error == EAGAIN || error == EACCES) {
      return Status(StatusCode::kLocked, path_ +
                                             " is locked by another process. Stop the broker that "
                                             "uses this directory, or choose another "
                                             "storePathRootDir.");
    }
    return Done(error, "lock");
  }

 private:
  Status Done(int error, const char* operation) const {
    return error == 0 ? Status::Ok() : ErrnoStatus(error, operation, path_);
  }

  const int fd_;
  const std::string path_;
  bool locked_ = false;
  uint64_t lock_owner_ = 0;
};

const char* Cure(int error) {
  switch (error) {
    case ENOSPC:
      return " Free disk space or move the store to a larger disk.";
    case EDQUOT:
      return " Raise the disk quota of the user that runs the broker.";
    case EACCES:
    case EPERM:
      return " Give the user that runs the broker read and write permission.";
    case EROFS:
      return " Mount the file system for writing.";
    case EMFILE:
    case ENFILE:
      return " Raise the limit of open files (ulimit -n).";
    case ENOMEM:
      return " Raise vm.max_map_count or add memory.";
    case EIO:
      return " The disk may be failing; look at the system log.";
    default:
      return "";
  }
}

}  // namespace

std::unique_ptr<File> OwnFile(int fd, std::string path) {
  return std::make_unique<PosixFile>(fd, std::move(path));
}

Status ErrnoStatus(int error, const char* operation, const std::string& path) {
  StatusCode code = StatusCode::kIoError;
  if (error == ENOSPC || error == EDQUOT) code = StatusCode::kNoSpace;
  if (error == ENOENT) code = StatusCode::kNotFound;
  return Status(code, "Cannot " + std::string(operation) + " " + path + ": " +
                          std::strerror(error) + "." + Cure(error));
}

}  // namespace apogee::posix
