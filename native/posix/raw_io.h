// SPDX-License-Identifier: Apache-2.0
/// pread and pwrite that finish what they start, and what is built of them alone.
#pragma once

#include <cstddef>
#include <cstdint>

namespace apogee::posix {

/// Writes `size` bytes, continuing after short writes and EINTR. Result: 0 or errno.
int WriteFully(int fd, const uint8_t* data, size_t size, int64_t offset);
/// Reads up to `size` bytes, continuing after short reads and EINTR. Result: 0 or errno; *done is
/// smaller than `size` only at the end of the file.
int ReadFully(int fd, uint8_t* data, size_t size, int64_t offset, size_t* done);
/// Writes zeros over blocks that read as zero, so that they get disk space, and leaves others
/// alone. Extends the file. Result: 0 or errno.
int FillHoles(int fd, int64_t offset, int64_t length);
/// Writes zeros over blocks that do not read as zero. Result: 0 or errno.
int WipeRange(int fd, int64_t offset, int64_t length);

}  // namespace apogee::posix
