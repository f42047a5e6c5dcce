// SPDX-License-Identifier: Apache-2.0
#include "posix/posix_io.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <ctime>

#include "posix/platform.h"
#include "posix/posix_file.h"

namespace apogee::posix {
namespace {

using store::DirEntry;
using store::DiskSpace;
using store::File;
using store::OpenMode;
using store::PathInfo;
using store::Result;
using store::Status;

class PosixIo final : public store::Io {
 public:
  Result<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode) override {
    int flags = O_CLOEXEC;
    if (mode == OpenMode::kReadOnly) flags |= O_RDONLY;
    if (mode != OpenMode::kReadOnly) flags |= O_RDWR;
    if (mode == OpenMode::kCreate) flags |= O_CREAT;
    int fd;
    do {
      fd = ::open(path.c_str(), flags, 0644);
    } while (fd < 0 && errno == EINTR);
    if (fd < 0) return ErrnoStatus(errno, "open", path);
    return OwnFile(fd, path);
  }

  PathInfo Stat(const std::string& path) override {
    struct stat info = {};
    if (::stat(path.c_str(), &info) != 0) return {};
    return {true, S_ISDIR(info.st_mode), static_cast<int64_t>(info.st_size)};
  }

  Status Rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) == 0) return Status::Ok();
    return ErrnoStatus(errno, "rename", from);
  }

  Status Remove(const std::string& path) override {
    if (::unlink(path.c_str()) == 0 || errno == ENOENT) return Status::Ok();
    return ErrnoStatus(errno, "remove", path);
  }

  Status RemoveDirectory(const std::string& path) override {
    if (::rmdir(path.c_str()) == 0 || errno == ENOENT) return Status::Ok();
    return ErrnoStatus(errno, "remove directory", path);
  }

  Status CreateDirectories(const std::string& path) override {
    if (::mkdir(path.c_str(), 0755) == 0) return Status::Ok();
    const int error = errno;
    if (error == EEXIST || error == EISDIR) {
      if (Stat(path).is_directory) return Status::Ok();
      return ErrnoStatus(ENOTDIR, "create directory", path);
    }
    const size_t slash = path.find_last_not_of('/');
    const size_t parent = slash == std::string::npos ? slash : path.rfind('/', slash);
    if (error != ENOENT || parent == std::string::npos || parent == 0) {
      return ErrnoStatus(error, "create directory", path);
    }
    Status status = CreateDirectories(path.substr(0, parent));
    if (!status.ok()) return status;
    if (::mkdir(path.c_str(), 0755) == 0 || errno == EEXIST) return Status::Ok();
    return ErrnoStatus(errno, "create directory", path);
  }

  Result<std::vector<DirEntry>> List(const std::string& path) override {
    std::vector<DirEntry> entries;
    DIR* dir = ::opendir(path.c_str());
    if (dir == nullptr) {
      if (errno == ENOENT) return entries;
      return ErrnoStatus(errno, "list", path);
    }
    while (const dirent* entry = ::readdir(dir)) {
      const std::string name = entry->d_name;
      if (name == "." || name == "..") continue;
      const PathInfo info = Stat(path + "/" + name);
      if (info.exists) entries.push_back({name, info.is_directory, info.size});
    }
    ::closedir(dir);
    std::sort(entries.begin(), entries.end(),
              [](const DirEntry& a, const DirEntry& b) { return a.name < b.name; });
    return entries;
  }

  Status SyncDirectory(const std::string& path) override {
    const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return ErrnoStatus(errno, "open", path);
    const int error = ::fsync(fd) == 0 ? 0 : errno;
    ::close(fd);
    // Some file systems cannot sync a directory and need not.
    if (error == 0 || error == EINVAL || error == ENOTSUP) return Status::Ok();
    return ErrnoStatus(error, "sync", path);
  }

  Result<bool> SyncAll(const std::string& path) override {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return ErrnoStatus(errno, "open", path);
    const int error = SyncWholeFileSystem(fd);
    ::close(fd);
    if (error == ENOTSUP) return false;
    if (error != 0) return ErrnoStatus(error, "sync", path);
    return true;
  }

  Result<DiskSpace> Space(const std::string& path) override {
    struct statvfs info = {};
    if (::statvfs(path.c_str(), &info) != 0) return ErrnoStatus(errno, "statvfs", path);
    const auto unit = static_cast<int64_t>(info.f_frsize);
    DiskSpace space;
    space.total_bytes = unit * static_cast<int64_t>(info.f_blocks);
    space.free_bytes = unit * static_cast<int64_t>(info.f_bavail);
    return space;
  }

  int64_t PhysicalMemoryBytes() override { return PhysicalMemory(); }
  int64_t ProcessId() override { return ::getpid(); }
  std::string BootId() override { return BootIdentity(); }

  std::string LocalTimestamp(int64_t epoch_ms) override {
    const int64_t millis = ((epoch_ms % 1000) + 1000) % 1000;
    const auto seconds = static_cast<time_t>((epoch_ms - millis) / 1000);
    struct tm local = {};
    ::localtime_r(&seconds, &local);
    char text[96];
    std::snprintf(text, sizeof text, "%04d%02d%02d%02d%02d%02d%03d", local.tm_year + 1900,
                  local.tm_mon + 1, local.tm_mday, local.tm_hour, local.tm_min, local.tm_sec,
                  static_cast<int>(millis));
    return text;
  }
};

}  // namespace

std::unique_ptr<store::Io> CreatePosixIo() { return std::make_unique<PosixIo>(); }

}  // namespace apogee::posix
