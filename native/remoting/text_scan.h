// SPDX-License-Identifier: Apache-2.0
/// Finding the end of a JSON string, 16 bytes at a time where the processor can.
#pragma once

#include <bit>
#include <cstdint>

#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace apogee::remoting {

/// The first `"` or `\` in [at, end), or `end`. Reads nothing outside the range.
inline const char* FindQuoteOrEscape(const char* at, const char* end) {
#if defined(__SSE2__)
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i escape = _mm_set1_epi8('\\');
  while (end - at >= 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const __m128i hits = _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, escape));
    const auto mask = static_cast<uint32_t>(_mm_movemask_epi8(hits));
    if (mask != 0) return at + std::countr_zero(mask);
    at += 16;
  }
#elif defined(__aarch64__)
  while (end - at >= 16) {
    const uint8x16_t bytes = vld1q_u8(reinterpret_cast<const uint8_t*>(at));
    const uint8x16_t hits =
        vorrq_u8(vceqq_u8(bytes, vdupq_n_u8('"')), vceqq_u8(bytes, vdupq_n_u8('\\')));
    // Four bits of the mask stand for one byte.
    const uint64_t mask =
        vget_lane_u64(vreinterpret_u64_u8(vshrn_n_u16(vreinterpretq_u16_u8(hits), 4)), 0);
    if (mask != 0) return at + (std::countr_zero(mask) >> 2);
    at += 16;
  }
#endif
  while (at < end && *at != '"' && *at != '\\') at += 1;
  return at;
}

}  // namespace apogee::remoting
