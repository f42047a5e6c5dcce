// SPDX-License-Identifier: Apache-2.0
#include "posix/platform.h"

#if APOGEE_POSIX_LINUX

#include <fcntl.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <cerrno>

#include "posix/raw_io.h"

namespace apogee::posix {
namespace {

int Fallocate(int fd, int mode, int64_t offset, int64_t length) {
  while (::fallocate(fd, mode, static_cast<off_t>(offset), static_cast<off_t>(length)) != 0) {
    if (errno != EINTR) return errno;
  }
  return 0;
}

bool Unsupported(int error) { return error == EOPNOTSUPP || error == ENOSYS || error == EINVAL; }

}  // namespace

int SyncFileData(int fd) { return ::fdatasync(fd) == 0 ? 0 : errno; }

int AllocateRange(int fd, int64_t offset, int64_t length) {
  const int error = Fallocate(fd, 0, offset, length);
  return Unsupported(error) ? FillHoles(fd, offset, length) : error;
}

int ZeroRange(int fd, int64_t offset, int64_t length, bool keep_blocks) {
  const int mode = keep_blocks ? FALLOC_FL_ZERO_RANGE : FALLOC_FL_PUNCH_HOLE;
  const int error = Fallocate(fd, mode | FALLOC_FL_KEEP_SIZE, offset, length);
  return Unsupported(error) ? WipeRange(fd, offset, length) : error;
}

bool HasDataFrom(int fd, int64_t offset) {
  return ::lseek(fd, static_cast<off_t>(offset), SEEK_DATA) >= 0 || errno != ENXIO;
}

int SyncWholeFileSystem(int fd) { return ::syncfs(fd) == 0 ? 0 : errno; }

/// A lock of the open file description: it conflicts with the record lock of a Java broker and,
/// unlike that one, with a second open in this process.
int LockByte0(int fd, uint64_t* owner) {
  *owner = 0;
  struct flock request = {};
  request.l_type = F_WRLCK;
  request.l_whence = SEEK_SET;
  request.l_len = 1;
  return ::fcntl(fd, F_OFD_SETLK, &request) == 0 ? 0 : errno;
}

void UnlockByte0(uint64_t /*owner*/) {}

int64_t PhysicalMemory() {
  struct sysinfo info = {};
  if (::sysinfo(&info) != 0) return 0;
  return static_cast<int64_t>(info.totalram) * static_cast<int64_t>(info.mem_unit);
}

std::string BootIdentity() {
  const int fd = ::open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  char text[36];
  size_t done = 0;
  const int error = ReadFully(fd, reinterpret_cast<uint8_t*>(text), sizeof text, 0, &done);
  ::close(fd);
  return error == 0 ? std::string(text, done) : std::string();
}

}  // namespace apogee::posix

#endif  // APOGEE_POSIX_LINUX
