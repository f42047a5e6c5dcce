// SPDX-License-Identifier: Apache-2.0
#include "store/java_hash.h"

#include "store/endian.h"

namespace apogee::store {
namespace {

constexpr uint32_t kReplacement = 0xFFFD;

const uint8_t* Begin(std::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

/// Decodes one code point at `at` and returns where the next one begins. A malformed byte counts
/// as one replacement character, as in Java.
const uint8_t* NextCodePoint(const uint8_t* at, const uint8_t* end, uint32_t* code_point) {
  const uint8_t lead = *at;
  int more = 0;
  if (lead < 0x80) {
    *code_point = lead;
    return at + 1;
  }
  if (lead >= 0xC2 && lead <= 0xDF) more = 1;
  if (lead >= 0xE0 && lead <= 0xEF) more = 2;
  if (lead >= 0xF0 && lead <= 0xF4) more = 3;
  *code_point = kReplacement;
  if (more == 0 || end - at <= more) return at + 1;
  uint32_t value = lead & (0x3FU >> more);
  for (int i = 1; i <= more; ++i) {
    if ((at[i] & 0xC0) != 0x80) return at + i;
    value = value << 6 | (at[i] & 0x3FU);
  }
  const bool overlong = (more == 2 && value < 0x800) || (more == 3 && value < 0x10000);
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (overlong || surrogate || value > 0x10FFFF) return at + 1;
  *code_point = value;
  return at + more + 1;
}

constexpr uint32_t Power31(int exponent) {
  uint32_t power = 1;
  for (int i = 0; i < exponent; ++i) power *= 31;
  return power;
}

/// Eight ASCII units at once: independent products instead of a chain of eight.
uint32_t HashEight(uint32_t hash, const uint8_t* at) {
  const uint32_t a = at[0] * Power31(7) + at[1] * Power31(6);
  const uint32_t b = at[2] * Power31(5) + at[3] * Power31(4);
  const uint32_t c = at[4] * Power31(3) + at[5] * Power31(2);
  const uint32_t d = at[6] * Power31(1) + at[7];
  return hash * Power31(8) + ((a + b) + (c + d));
}

}  // namespace

int32_t JavaHash(std::string_view text, int32_t seed) {
  constexpr uint64_t kNotAscii = 0x8080808080808080ULL;
  auto hash = static_cast<uint32_t>(seed);
  const uint8_t* at = Begin(text);
  const uint8_t* const end = at + text.size();
  while (at < end) {
    if (end - at >= 8 && (LoadNative<uint64_t>(at) & kNotAscii) == 0) {
      hash = HashEight(hash, at);
      at += 8;
      continue;
    }
    uint32_t code_point = 0;
    at = NextCodePoint(at, end, &code_point);
    if (code_point >= 0x10000) {
      hash = hash * 31 + (0xD800 + ((code_point - 0x10000) >> 10));
      code_point = 0xDC00 + ((code_point - 0x10000) & 0x3FF);
    }
    hash = hash * 31 + code_point;
  }
  return static_cast<int32_t>(hash);
}

int32_t Utf16Length(std::string_view text) {
  int32_t units = 0;
  const uint8_t* at = Begin(text);
  const uint8_t* const end = at + text.size();
  while (at < end) {
    uint32_t code_point = 0;
    at = NextCodePoint(at, end, &code_point);
    units += code_point >= 0x10000 ? 2 : 1;
  }
  return units;
}

}  // namespace apogee::store
