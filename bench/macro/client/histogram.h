// SPDX-License-Identifier: Apache-2.0
/// Latency histogram with a relative error below 1 % at every size, in fixed memory: each power
/// of two is divided into 128 buckets (the idea of Gil Tene's HdrHistogram).
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace apogee::bench {

class Histogram {
 public:
  void Record(int64_t nanoseconds) {
    const uint64_t value = nanoseconds < 0 ? 0 : static_cast<uint64_t>(nanoseconds);
    ++counts_[BucketOf(value)];
    ++count_;
    max_ = std::max(max_, value);
  }

  uint64_t count() const { return count_; }
  uint64_t max() const { return max_; }

  /// Smallest value that at least `fraction` of all values do not exceed, in ns.
  uint64_t Quantile(double fraction) const {
    const auto wanted =
        std::max<uint64_t>(1, static_cast<uint64_t>(fraction * static_cast<double>(count_) + 0.5));
    uint64_t seen = 0;
    for (size_t bucket = 0; bucket < counts_.size(); ++bucket) {
      seen += counts_[bucket];
      if (seen >= wanted) return std::min(max_, UpperBound(bucket));
    }
    return max_;
  }

 private:
  static constexpr unsigned kSubBits = 7;
  static constexpr uint64_t kSubCount = uint64_t{1} << kSubBits;
  /// Values from 2^40 ns (18 minutes) on share the last bucket.
  static constexpr unsigned kTopBits = 40;

  static size_t BucketOf(uint64_t value) {
    if (value < kSubCount) return value;
    const uint64_t capped = std::min(value, (uint64_t{1} << kTopBits) - 1);
    const unsigned shift = static_cast<unsigned>(std::bit_width(capped)) - kSubBits - 1;
    return kSubCount * shift + (capped >> shift);
  }

  static uint64_t UpperBound(size_t bucket) {
    if (bucket < 2 * kSubCount) return bucket;
    const uint64_t shift = bucket / kSubCount - 1;
    return ((bucket - kSubCount * shift + 1) << shift) - 1;
  }

  std::array<uint64_t, kSubCount*(kTopBits - kSubBits + 1)> counts_{};
  uint64_t count_ = 0;
  uint64_t max_ = 0;
};

}  // namespace apogee::bench
