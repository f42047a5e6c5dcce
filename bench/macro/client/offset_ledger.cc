// SPDX-License-Identifier: Apache-2.0
#include "offset_ledger.h"

#include <algorithm>

namespace apogee::bench {
namespace {

constexpr int64_t kBitsPerWord = 64;
/// More than all requests that can be under way together.
constexpr int64_t kOvertaking = kBitsPerWord * 65536;

std::string Name(int64_t queue_id, int64_t offset) {
  return "queue " + std::to_string(queue_id) + " offset " + std::to_string(offset);
}

}  // namespace

std::string OffsetLedger::Acknowledge(int64_t queue_id, int64_t first, int64_t count) {
  if (queue_id < 0 || queue_id >= static_cast<int64_t>(queues_.size())) {
    return "an answer names queue " + std::to_string(queue_id);
  }
  if (first < 0) return "an answer has no queueOffset";
  Queue& queue = queues_[static_cast<size_t>(queue_id)];
  if (queue.base < 0) {
    queue.base = std::max<int64_t>(0, first - kOvertaking) / kBitsPerWord * kBitsPerWord;
    queue.lowest = first;
  }
  if (first < queue.base) return Name(queue_id, first) + " comes long after later ones";
  const auto words = static_cast<size_t>((first + count - queue.base) / kBitsPerWord + 1);
  if (words > queue.seen.size()) queue.seen.resize(words * 2);
  for (int64_t offset = first; offset < first + count; ++offset) {
    const int64_t bit = offset - queue.base;
    uint64_t& word = queue.seen[static_cast<size_t>(bit / kBitsPerWord)];
    const uint64_t mask = uint64_t{1} << (bit % kBitsPerWord);
    if ((word & mask) != 0) return Name(queue_id, offset) + " was acknowledged twice";
    word |= mask;
  }
  queue.count += count;
  queue.lowest = std::min(queue.lowest, first);
  queue.highest = std::max(queue.highest, first + count - 1);
  return {};
}

int64_t OffsetLedger::Gaps() const {
  int64_t gaps = 0;
  for (const Queue& queue : queues_) {
    if (queue.count > 0) gaps += queue.highest - queue.lowest + 1 - queue.count;
  }
  return gaps;
}

}  // namespace apogee::bench
