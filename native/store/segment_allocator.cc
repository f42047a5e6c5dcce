// SPDX-License-Identifier: Apache-2.0
#include "store/segment_allocator.h"

#include <utility>

namespace apogee::store {

SegmentAllocator::SegmentAllocator(Io* io, std::string dir, int64_t segment_size)
    : io_(io), dir_(std::move(dir)), segment_size_(segment_size), thread_([this] { Run(); }) {}

SegmentAllocator::~SegmentAllocator() { Stop(); }

void SegmentAllocator::Prepare(PhysicalOffset base) {
  std::lock_guard lock(mutex_);
  if (wanted_ == base || finished_ == base) return;
  wanted_ = base;
  changed_.notify_all();
}

Result<std::shared_ptr<Segment>> SegmentAllocator::Take(PhysicalOffset base) {
  std::unique_lock lock(mutex_);
  if (finished_ != base) wanted_ = base;
  changed_.notify_all();
  changed_.wait(lock, [&] { return finished_ == base || stopping_; });
  if (finished_ != base) return Status(StatusCode::kClosed, "The store is closing.");
  finished_.reset();
  if (!failure_.ok()) return std::exchange(failure_, Status::Ok());
  return std::exchange(ready_, nullptr);
}

void SegmentAllocator::StopAndDiscard() {
  Stop();
  if (ready_ == nullptr) return;
  const std::string path = ready_->path();
  ready_.reset();
  (void)io_->Remove(path).ok();
}

void SegmentAllocator::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void SegmentAllocator::Run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return stopping_ || wanted_.has_value(); });
    if (stopping_) return;
    const PhysicalOffset base = *wanted_;
    lock.unlock();
    Result<std::shared_ptr<Segment>> segment = Segment::Create(io_, dir_, base, segment_size_);
    lock.lock();
    if (wanted_ == base) wanted_.reset();
    finished_ = base;
    failure_ = segment.status();
    ready_ = segment.ok() ? segment.take() : nullptr;
    changed_.notify_all();
  }
}

}  // namespace apogee::store
