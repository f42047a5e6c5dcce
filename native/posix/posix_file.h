// SPDX-License-Identifier: Apache-2.0
/// An open file and its mappings.
#pragma once

#include <memory>
#include <string>

#include "store/io.h"

namespace apogee::posix {

/// Owns: `fd`, closed with the File.
std::unique_ptr<store::File> OwnFile(int fd, std::string path);

/// A sentence with the operation, the file, the cause and, where there is one, the cure.
store::Status ErrnoStatus(int error, const char* operation, const std::string& path);

}  // namespace apogee::posix
