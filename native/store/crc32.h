// SPDX-License-Identifier: Apache-2.0
/// IEEE CRC-32 (reflected, polynomial 0xEDB88320), the one in bodyCRC.
#pragma once

#include <cstdint>

#include "store/io.h"

namespace apogee::store {

/// The usual CRC-32 of `data`.
uint32_t Crc32(Bytes data);

/// What a record stores: CRC-32 without its top bit.
inline int32_t BodyCrc(Bytes body) { return static_cast<int32_t>(Crc32(body) & 0x7FFFFFFFU); }

namespace crc32_internal {
/// Both take and return the inverted register, so that they can follow one another.
uint32_t UpdatePortable(uint32_t crc, Bytes data);
using Update = uint32_t (*)(uint32_t crc, Bytes data);
/// The fastest implementation this processor runs, or nullptr.
Update HardwareUpdate();
}  // namespace crc32_internal

}  // namespace apogee::store
