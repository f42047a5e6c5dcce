// SPDX-License-Identifier: Apache-2.0
/// Big-endian integers in byte buffers; everything on disk is big-endian.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace apogee::store {

constexpr uint16_t ToBig(uint16_t value) {
  return std::endian::native == std::endian::big ? value : __builtin_bswap16(value);
}
constexpr uint32_t ToBig(uint32_t value) {
  return std::endian::native == std::endian::big ? value : __builtin_bswap32(value);
}
constexpr uint64_t ToBig(uint64_t value) {
  return std::endian::native == std::endian::big ? value : __builtin_bswap64(value);
}

template <typename T>
T LoadNative(const uint8_t* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

inline int16_t LoadI16(const uint8_t* from) {
  return static_cast<int16_t>(ToBig(LoadNative<uint16_t>(from)));
}
inline int32_t LoadI32(const uint8_t* from) {
  return static_cast<int32_t>(ToBig(LoadNative<uint32_t>(from)));
}
inline int64_t LoadI64(const uint8_t* from) {
  return static_cast<int64_t>(ToBig(LoadNative<uint64_t>(from)));
}

inline void StoreI16(uint8_t* to, int16_t value) {
  const uint16_t big = ToBig(static_cast<uint16_t>(value));
  std::memcpy(to, &big, sizeof big);
}
inline void StoreI32(uint8_t* to, int32_t value) {
  const uint32_t big = ToBig(static_cast<uint32_t>(value));
  std::memcpy(to, &big, sizeof big);
}
inline void StoreI64(uint8_t* to, int64_t value) {
  const uint64_t big = ToBig(static_cast<uint64_t>(value));
  std::memcpy(to, &big, sizeof big);
}

}  // namespace apogee::store
