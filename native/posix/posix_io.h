// SPDX-License-Identifier: Apache-2.0
/// store/io.h on POSIX systems. Linux by default; APOGEE_PORTABLE=1 (and every other system) takes
/// the twin that uses only what macOS has too.
#pragma once

#include <memory>

#include "store/io.h"

namespace apogee::posix {

/// Shape: stateless; one serves any number of stores and threads and must outlive them.
std::unique_ptr<store::Io> CreatePosixIo();

}  // namespace apogee::posix
