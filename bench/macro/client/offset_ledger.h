// SPDX-License-Identifier: Apache-2.0
/// Every acknowledged queue offset, so that one acknowledged twice, or one missing between others,
/// is found.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace apogee::bench {

class OffsetLedger {
 public:
  explicit OffsetLedger(int queues) : queues_(static_cast<size_t>(queues)) {}

  /// Returns what is wrong with `count` messages at `first` of `queue_id`, or nothing.
  std::string Acknowledge(int64_t queue_id, int64_t first, int64_t count);

  /// Offsets that nobody got between the lowest and the highest acknowledged one, of all queues.
  int64_t Gaps() const;

 private:
  struct Queue {
    /// Offset of the first bit; answers that overtook each other may lie before the first seen.
    int64_t base = -1;
    int64_t lowest = 0;
    int64_t highest = -1;
    int64_t count = 0;
    std::vector<uint64_t> seen;
  };
  std::vector<Queue> queues_;
};

}  // namespace apogee::bench
