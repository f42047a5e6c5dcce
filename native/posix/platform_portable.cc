// SPDX-License-Identifier: Apache-2.0
#include "posix/platform.h"

#if !APOGEE_POSIX_LINUX

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <mutex>
#include <set>
#include <utility>

#if defined(__APPLE__)
#include <sys/sysctl.h>
#endif

#include "posix/raw_io.h"

namespace apogee::posix {
namespace {

/// Inodes whose lock this process holds. A record lock does not exclude its own process, so a
/// second open of a store has to be noticed here.
struct LockedInodes {
  std::mutex mutex;
  std::set<std::pair<uint64_t, uint64_t>> inodes;
};

LockedInodes& Locked() {
  static LockedInodes locked;
  return locked;
}

}  // namespace

int SyncFileData(int fd) {
#if defined(F_FULLFSYNC)
  // fsync of macOS stops at the drive's cache.
  if (::fcntl(fd, F_FULLFSYNC) == 0) return 0;
#endif
  return ::fsync(fd) == 0 ? 0 : errno;
}

int AllocateRange(int fd, int64_t offset, int64_t length) { return FillHoles(fd, offset, length); }

int ZeroRange(int fd, int64_t offset, int64_t length, bool /*keep_blocks*/) {
  return WipeRange(fd, offset, length);
}

bool HasDataFrom(int /*fd*/, int64_t /*offset*/) { return true; }

int SyncWholeFileSystem(int /*fd*/) { return ENOTSUP; }

int LockByte0(int fd, uint64_t* owner) {
  struct stat info = {};
  if (::fstat(fd, &info) != 0) return errno;
  const auto inode =
      std::make_pair(static_cast<uint64_t>(info.st_dev), static_cast<uint64_t>(info.st_ino));
  std::lock_guard guard(Locked().mutex);
  if (Locked().inodes.contains(inode)) return EAGAIN;
  struct flock request = {};
  request.l_type = F_WRLCK;
  request.l_whence = SEEK_SET;
  request.l_len = 1;
  if (::fcntl(fd, F_SETLK, &request) != 0) return errno;
  Locked().inodes.insert(inode);
  *owner = inode.second;
  return 0;
}

void UnlockByte0(uint64_t owner) {
  std::lock_guard guard(Locked().mutex);
  std::erase_if(Locked().inodes, [owner](const auto& inode) { return inode.second == owner; });
}

int64_t PhysicalMemory() {
  const long pages = ::sysconf(_SC_PHYS_PAGES);
  const long page_size = ::sysconf(_SC_PAGESIZE);
  return pages > 0 && page_size > 0 ? static_cast<int64_t>(pages) * page_size : 0;
}

std::string BootIdentity() {
#if defined(__APPLE__)
  char text[64] = {};
  size_t size = sizeof text - 1;
  if (::sysctlbyname("kern.bootsessionuuid", text, &size, nullptr, 0) == 0) return text;
#endif
  return {};
}

}  // namespace apogee::posix

#endif  // !APOGEE_POSIX_LINUX
