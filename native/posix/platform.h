// SPDX-License-Identifier: Apache-2.0
/// The calls that differ between systems. One implementation is compiled: platform_linux.cc or
/// platform_portable.cc. Each returns 0 or an errno value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#if defined(__linux__) && !APOGEE_PORTABLE
#define APOGEE_POSIX_LINUX 1
#else
#define APOGEE_POSIX_LINUX 0
#endif

namespace apogee::posix {

/// Waits until written bytes and the file size are on stable storage.
int SyncFileData(int fd);
/// Reserves blocks for the range and extends the file over it; see File::Allocate.
int AllocateRange(int fd, int64_t offset, int64_t length);
/// Makes the range read as zero; see File::Zero.
int ZeroRange(int fd, int64_t offset, int64_t length, bool keep_blocks);
/// False when the file is a hole from `offset` to its end.
bool HasDataFrom(int fd, int64_t offset);
/// Syncs the file system that `fd` lies on. Result: ENOTSUP where that is not possible.
int SyncWholeFileSystem(int fd);
/// Takes the write lock on byte 0, length 1, without waiting. `owner` receives what UnlockByte0
/// needs.
int LockByte0(int fd, uint64_t* owner);
void UnlockByte0(uint64_t owner);
int64_t PhysicalMemory();
std::string BootIdentity();

}  // namespace apogee::posix
