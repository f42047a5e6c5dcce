// SPDX-License-Identifier: Apache-2.0
/// CRC-32 by carry-less multiplication on x86-64 and by the CRC instructions on arm64. Folding
/// constants are powers of x modulo the polynomial; derivation: Gopal et al., "Fast CRC
/// Computation for Generic Polynomials Using PCLMULQDQ Instruction", Intel, 2009.
#include "store/crc32.h"

#if defined(__x86_64__)

#include <immintrin.h>

namespace apogee::store::crc32_internal {
namespace {

#define APOGEE_CLMUL __attribute__((target("pclmul,sse4.1")))

APOGEE_CLMUL inline __m128i Load(const uint8_t* from) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
}

/// Moves `value` forward by the distance of `keys` and adds `next`.
APOGEE_CLMUL inline __m128i Fold(__m128i value, __m128i keys, __m128i next) {
  const __m128i low = _mm_clmulepi64_si128(value, keys, 0x00);
  const __m128i high = _mm_clmulepi64_si128(value, keys, 0x11);
  return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

/// Reduces 128 bits to the 32-bit register.
APOGEE_CLMUL inline uint32_t Reduce(__m128i value) {
  const __m128i keys = _mm_set_epi64x(0x0163cd6124, 0x00ccaa009e);
  const __m128i mask = _mm_set_epi32(0, -1, 0, -1);
  value = _mm_xor_si128(_mm_srli_si128(value, 8), _mm_clmulepi64_si128(value, keys, 0x00));
  const __m128i fold32 = _mm_clmulepi64_si128(_mm_and_si128(value, mask), keys, 0x10);
  value = _mm_xor_si128(_mm_srli_si128(value, 4), fold32);
  const __m128i barrett = _mm_set_epi64x(0x01f7011641, 0x01db710641);
  __m128i quotient = _mm_clmulepi64_si128(_mm_and_si128(value, mask), barrett, 0x10);
  quotient = _mm_clmulepi64_si128(_mm_and_si128(quotient, mask), barrett, 0x00);
  return static_cast<uint32_t>(_mm_extract_epi32(_mm_xor_si128(value, quotient), 1));
}

APOGEE_CLMUL uint32_t UpdateClmul(uint32_t crc, Bytes data) {
  const uint8_t* at = data.data();
  size_t left = data.size();
  if (left < 32) return UpdatePortable(crc, data);
  const __m128i by16 = _mm_set_epi64x(0x00ccaa009e, 0x01751997d0);
  __m128i value = _mm_xor_si128(Load(at), _mm_cvtsi32_si128(static_cast<int>(crc)));
  at += 16;
  left -= 16;
  if (left >= 112) {
    const __m128i by64 = _mm_set_epi64x(0x01c6e41596, 0x0154442bd4);
    __m128i lane1 = Load(at);
    __m128i lane2 = Load(at + 16);
    __m128i lane3 = Load(at + 32);
    at += 48;
    left -= 48;
    for (; left >= 64; left -= 64, at += 64) {
      value = Fold(value, by64, Load(at));
      lane1 = Fold(lane1, by64, Load(at + 16));
      lane2 = Fold(lane2, by64, Load(at + 32));
      lane3 = Fold(lane3, by64, Load(at + 48));
    }
    value = Fold(Fold(Fold(value, by16, lane1), by16, lane2), by16, lane3);
  }
  for (; left >= 16; left -= 16, at += 16) value = Fold(value, by16, Load(at));
  return UpdatePortable(Reduce(value), Bytes(at, left));
}

#undef APOGEE_CLMUL

}  // namespace

Update HardwareUpdate() {
  const bool runs = __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1");
  return runs ? UpdateClmul : nullptr;
}

}  // namespace apogee::store::crc32_internal

#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)

#include <arm_acle.h>

#include "store/endian.h"

namespace apogee::store::crc32_internal {
namespace {

uint32_t UpdateArm(uint32_t crc, Bytes data) {
  const uint8_t* at = data.data();
  size_t left = data.size();
  for (; left >= 8; left -= 8, at += 8) crc = __crc32d(crc, LoadNative<uint64_t>(at));
  for (; left > 0; --left, ++at) crc = __crc32b(crc, *at);
  return crc;
}

}  // namespace

Update HardwareUpdate() { return UpdateArm; }

}  // namespace apogee::store::crc32_internal

#else

namespace apogee::store::crc32_internal {

Update HardwareUpdate() { return nullptr; }

}  // namespace apogee::store::crc32_internal

#endif
