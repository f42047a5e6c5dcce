// SPDX-License-Identifier: Apache-2.0
/// Big-endian integers, decimal and hexadecimal text in byte buffers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace apogee::bench {

using Bytes = std::span<const uint8_t>;

template <typename T>
inline T LoadBig(const uint8_t* from) {
  T value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) value = static_cast<T>((value << 8) | from[i]);
  return value;
}

inline int32_t LoadInt32(const uint8_t* from) {
  return static_cast<int32_t>(LoadBig<uint32_t>(from));
}

inline int64_t LoadInt64(const uint8_t* from) {
  return static_cast<int64_t>(LoadBig<uint64_t>(from));
}

template <typename T>
inline void StoreBig(char* to, T value) {
  for (size_t i = sizeof(T); i-- > 0;) {
    to[i] = static_cast<char>(value & 0xFF);
    value = static_cast<T>(value >> 8);
  }
}

template <typename T>
inline void AppendBig(std::string* to, T value) {
  char bytes[sizeof(T)];
  StoreBig(bytes, value);
  to->append(bytes, sizeof(T));
}

/// Writes `value` right-aligned into `width` digits; the caller guarantees that it fits.
inline void StoreDecimal(char* to, size_t width, uint64_t value) {
  for (size_t i = width; i-- > 0; value /= 10) to[i] = static_cast<char>('0' + value % 10);
}

/// Writes the low `width` hexadecimal digits of `value`, upper case.
inline void StoreHex(char* to, size_t width, uint64_t value) {
  for (size_t i = width; i-- > 0; value >>= 4) to[i] = "0123456789ABCDEF"[value & 15];
}

}  // namespace apogee::bench
