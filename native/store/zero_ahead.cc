// SPDX-License-Identifier: Apache-2.0
#include "store/zero_ahead.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

namespace apogee::store {
namespace {

/// Written and synced at once; a sync of messages meanwhile has to carry it along.
constexpr int64_t kStep = 1024 * 1024;
/// How far the zeros reach in front of the appender.
constexpr int64_t kWindow = 8 * kStep;

}  // namespace

ZeroAhead::ZeroAhead(LogHealth* health) : health_(health), thread_([this] { Run(); }) {}

ZeroAhead::~ZeroAhead() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  thread_.join();
}

void ZeroAhead::Enter(std::shared_ptr<Segment> segment, PhysicalOffset from) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !busy_; });
  segment_ = std::move(segment);
  claimed_ = from;
  wake_at_ = from + kStep;
  // The first step is left alone: zeros there would meet the first messages.
  free_to_.store(from + kStep, std::memory_order_release);
  changed_.notify_all();
}

void ZeroAhead::ClaimSlow(PhysicalOffset end) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !busy_ || end <= free_to_.load(std::memory_order_relaxed); });
  if (end <= free_to_.load(std::memory_order_relaxed)) return;
  // Run over: leave a step of room, so that the next chunks do not meet the zeros at once.
  free_to_.store(end + kStep, std::memory_order_release);
}

void ZeroAhead::Wake(PhysicalOffset end) {
  std::lock_guard lock(mutex_);
  claimed_ = end;
  wake_at_ = end + kStep;
  changed_.notify_all();
}

bool ZeroAhead::Due() const {
  const PhysicalOffset begin = free_to_.load(std::memory_order_relaxed);
  return segment_ != nullptr && begin < segment_->end() && begin < claimed_ + kWindow;
}

void ZeroAhead::Run() {
  const std::vector<uint8_t> zeros(static_cast<size_t>(kStep));
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return stopping_ || Due(); });
    if (stopping_) return;
    const std::shared_ptr<Segment> segment = segment_;
    const PhysicalOffset begin = free_to_.load(std::memory_order_relaxed);
    const int64_t size = std::min(kStep, segment->end() - begin);
    busy_ = true;
    lock.unlock();
    const Bytes step(zeros.data(), static_cast<size_t>(size));
    Status status = segment->file().WriteAt(begin - segment->base(), step);
    if (status.ok()) {
      // A sync reports a lost write once, to whoever comes first: a failure here may be that of
      // messages.
      status = segment->file().SyncData();
      if (!status.ok()) health_->Fail(status);
    }
    lock.lock();
    busy_ = false;
    // Without zeros the log works as well, only slower.
    free_to_.store(status.ok() ? begin + size : std::numeric_limits<PhysicalOffset>::max(),
                   std::memory_order_release);
    changed_.notify_all();
  }
}

}  // namespace apogee::store
