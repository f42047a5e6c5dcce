// SPDX-License-Identifier: Apache-2.0
#include "store/crc32.h"

#include <array>
#include <bit>

#include "store/endian.h"

namespace apogee::store {
namespace crc32_internal {
namespace {

constexpr uint32_t kPolynomial = 0xEDB88320U;
constexpr size_t kSlices = 16;
using Table = std::array<std::array<uint32_t, 256>, kSlices>;

/// Row k holds the CRC of a byte followed by k zero bytes.
constexpr Table MakeTable() {
  Table table{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomial : 0);
    table[0][byte] = crc;
  }
  for (size_t slice = 1; slice < kSlices; ++slice) {
    for (size_t byte = 0; byte < 256; ++byte) {
      const uint32_t before = table[slice - 1][byte];
      table[slice][byte] = (before >> 8) ^ table[0][before & 0xFF];
    }
  }
  return table;
}

constexpr Table kTable = MakeTable();

uint32_t LoadLittle32(const uint8_t* from) {
  const auto value = LoadNative<uint32_t>(from);
  return std::endian::native == std::endian::little ? value : __builtin_bswap32(value);
}

/// The four bytes of `word`, the first of which is followed by `behind` bytes of the same block.
uint32_t FourBytes(uint32_t word, size_t behind) {
  return kTable[behind][word & 0xFF] ^ kTable[behind - 1][(word >> 8) & 0xFF] ^
         kTable[behind - 2][(word >> 16) & 0xFF] ^ kTable[behind - 3][word >> 24];
}

}  // namespace

uint32_t UpdatePortable(uint32_t crc, Bytes data) {
  const uint8_t* at = data.data();
  size_t left = data.size();
  for (; left >= kSlices; left -= kSlices, at += kSlices) {
    crc = FourBytes(LoadLittle32(at) ^ crc, 15) ^ FourBytes(LoadLittle32(at + 4), 11) ^
          FourBytes(LoadLittle32(at + 8), 7) ^ FourBytes(LoadLittle32(at + 12), 3);
  }
  for (; left > 0; --left, ++at) crc = (crc >> 8) ^ kTable[0][(crc ^ *at) & 0xFF];
  return crc;
}

}  // namespace crc32_internal

uint32_t Crc32(Bytes data) {
  static const crc32_internal::Update hardware = crc32_internal::HardwareUpdate();
  const crc32_internal::Update update =
      hardware != nullptr ? hardware : crc32_internal::UpdatePortable;
  return ~update(0xFFFFFFFFU, data);
}

}  // namespace apogee::store
