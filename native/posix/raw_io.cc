// SPDX-License-Identifier: Apache-2.0
#include "posix/raw_io.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

namespace apogee::posix {
namespace {

constexpr int64_t kBlock = 4096;
constexpr int64_t kChunk = 1024 * 1024;

bool AllZero(const uint8_t* data, size_t size) {
  return std::all_of(data, data + size, [](uint8_t byte) { return byte == 0; });
}

enum class Rewrite { kZeroBlocks, kOtherBlocks };

/// Visits the part of the range that lies inside the file, block by block, and writes zeros to
/// the blocks of the wanted kind.
int RewriteBlocks(int fd, int64_t offset, int64_t end, Rewrite which) {
  std::vector<uint8_t> chunk(static_cast<size_t>(kChunk));
  const std::vector<uint8_t> zeros(static_cast<size_t>(kBlock));
  while (offset < end) {
    const int64_t want = std::min(kChunk - offset % kBlock, end - offset);
    size_t got = 0;
    if (int error = ReadFully(fd, chunk.data(), static_cast<size_t>(want), offset, &got)) {
      return error;
    }
    if (got == 0) return 0;
    for (size_t at = 0; at < got;) {
      const int64_t to_edge = kBlock - (offset + static_cast<int64_t>(at)) % kBlock;
      const size_t size = std::min(static_cast<size_t>(to_edge), got - at);
      const bool zero = AllZero(chunk.data() + at, size);
      if (zero == (which == Rewrite::kZeroBlocks)) {
        const int64_t position = offset + static_cast<int64_t>(at);
        if (int error = WriteFully(fd, zeros.data(), size, position)) return error;
      }
      at += size;
    }
    offset += static_cast<int64_t>(got);
  }
  return 0;
}

}  // namespace

int WriteFully(int fd, const uint8_t* data, size_t size, int64_t offset) {
  while (size > 0) {
    const ssize_t done = ::pwrite(fd, data, size, static_cast<off_t>(offset));
    if (done < 0) {
      if (errno == EINTR) continue;
      return errno;
    }
    if (done == 0) return ENOSPC;
    data += done;
    offset += done;
    size -= static_cast<size_t>(done);
  }
  return 0;
}

int ReadFully(int fd, uint8_t* data, size_t size, int64_t offset, size_t* done) {
  *done = 0;
  while (*done < size) {
    const auto at = static_cast<off_t>(offset + static_cast<int64_t>(*done));
    const ssize_t got = ::pread(fd, data + *done, size - *done, at);
    if (got < 0) {
      if (errno == EINTR) continue;
      return errno;
    }
    if (got == 0) break;
    *done += static_cast<size_t>(got);
  }
  return 0;
}

int FillHoles(int fd, int64_t offset, int64_t length) {
  struct stat info = {};
  if (::fstat(fd, &info) != 0) return errno;
  const int64_t end = offset + length;
  const int64_t inside_end = std::min(end, static_cast<int64_t>(info.st_size));
  if (offset < inside_end) {
    if (int error = RewriteBlocks(fd, offset, inside_end, Rewrite::kZeroBlocks)) return error;
  }
  const std::vector<uint8_t> zeros(static_cast<size_t>(kChunk));
  int64_t at = std::max(offset, static_cast<int64_t>(info.st_size));
  while (at < end) {
    const int64_t size = std::min(kChunk, end - at);
    if (int error = WriteFully(fd, zeros.data(), static_cast<size_t>(size), at)) return error;
    at += size;
  }
  return 0;
}

int WipeRange(int fd, int64_t offset, int64_t length) {
  return RewriteBlocks(fd, offset, offset + length, Rewrite::kOtherBlocks);
}

}  // namespace apogee::posix
