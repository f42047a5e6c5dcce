// SPDX-License-Identifier: Apache-2.0
/// Where the quotes of a JSON text are, found 64 bytes at a time; those behind an escape left out.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace apogee::remoting {

/// Bit i: byte i of a block of 64 is `wanted`.
inline uint64_t BytesEqual(const char* block, char wanted) {
#if defined(__SSE2__)
  const __m128i pattern = _mm_set1_epi8(wanted);
  const auto part = [block, pattern](int i) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block) + i);
    return uint64_t{static_cast<uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, pattern)))};
  };
  return part(0) | (part(1) << 16) | (part(2) << 32) | (part(3) << 48);
#elif defined(__aarch64__)
  // Each byte of a hit keeps its own bit; three pairwise sums gather them.
  const uint8x16_t bits = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
  const uint8x16_t pattern = vdupq_n_u8(static_cast<uint8_t>(wanted));
  const auto* bytes = reinterpret_cast<const uint8_t*>(block);
  const uint8x16_t low = vpaddq_u8(vandq_u8(vceqq_u8(vld1q_u8(bytes), pattern), bits),
                                   vandq_u8(vceqq_u8(vld1q_u8(bytes + 16), pattern), bits));
  const uint8x16_t high = vpaddq_u8(vandq_u8(vceqq_u8(vld1q_u8(bytes + 32), pattern), bits),
                                    vandq_u8(vceqq_u8(vld1q_u8(bytes + 48), pattern), bits));
  const uint8x16_t sum = vpaddq_u8(low, high);
  return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(sum, sum)), 0);
#else
  uint64_t mask = 0;
  for (int i = 0; i < 64; i++) mask |= uint64_t{block[i] == wanted} << i;
  return mask;
#endif
}

class QuoteIndex {
 public:
  /// Quotes of a header with as many fields as are read, and some to spare.
  static constexpr size_t kMaxQuotes = 320;

  /// Position of a quote; the top bit: a backslash stands between the quote before and this one.
  class Quote {
   public:
    uint32_t position() const { return word_ & ~kBehindEscape; }
    bool behind_escape() const { return (word_ & kBehindEscape) != 0; }

   private:
    friend class QuoteIndex;
    static constexpr uint32_t kBehindEscape = 0x80000000;
    uint32_t word_;
  };

  /// False when there are more quotes than fit.
  bool Find(std::string_view text) {
    constexpr size_t kBlock = 64;
    size_t at = 0;
    for (; at + kBlock <= text.size(); at += kBlock) {
      if (!FindInBlock(text.data() + at, at)) return false;
    }
    if (at == text.size()) return true;
    char last[kBlock] = {};
    std::memcpy(last, text.data() + at, text.size() - at);
    return FindInBlock(last, at);
  }
  const Quote* begin() const { return quotes_; }
  const Quote* end() const { return quotes_ + count_; }

 private:
  bool FindInBlock(const char* block, size_t base) {
    uint64_t quotes = BytesEqual(block, '"');
    uint64_t backslashes = BytesEqual(block, '\\');
    const bool escapes = (backslashes | first_is_escaped_) != 0;
    if (escapes) quotes &= ~EscapedBytes(backslashes);
    if (count_ > kMaxQuotes) return false;
    Quote* quote = quotes_ + count_;
    Quote* const first = quote;
    for (uint64_t rest = quotes; rest != 0; rest &= rest - 1) {
      quote->word_ = static_cast<uint32_t>(base) + static_cast<uint32_t>(std::countr_zero(rest));
      quote += 1;
    }
    count_ += static_cast<size_t>(quote - first);
    if (escapes || pending_escape_) MarkEscapes(first, quotes, backslashes);
    return true;
  }

  /// Marks the quotes of a block, from `quote` on, that have a backslash in front.
  void MarkEscapes(Quote* quote, uint64_t quotes, uint64_t backslashes) {
    for (; quotes != 0; quotes &= quotes - 1) {
      const uint64_t before = backslashes & ((quotes & (~quotes + 1)) - 1);
      if (before != 0 || pending_escape_) quote->word_ |= Quote::kBehindEscape;
      pending_escape_ = false;
      backslashes ^= before;
      quote += 1;
    }
    pending_escape_ |= backslashes != 0;
  }

  /// Bytes of the block behind an odd number of backslashes.
  uint64_t EscapedBytes(uint64_t backslashes) {
    constexpr uint64_t kEven = 0x5555555555555555;
    const uint64_t starts = backslashes & ~first_is_escaped_;
    const uint64_t follows = (starts << 1) | first_is_escaped_;
    const uint64_t odd_starts = starts & ~kEven & ~follows;
    uint64_t even_sequences = 0;
    first_is_escaped_ = __builtin_add_overflow(odd_starts, starts, &even_sequences) ? 1 : 0;
    return (kEven ^ (even_sequences << 1)) & follows;
  }

  /// The last block may add one quote per byte.
  Quote quotes_[kMaxQuotes + 64];
  size_t count_ = 0;
  uint64_t first_is_escaped_ = 0;
  bool pending_escape_ = false;
};

}  // namespace apogee::remoting
