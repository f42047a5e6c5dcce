// SPDX-License-Identifier: Apache-2.0
#include "store/flusher.h"

#include <chrono>
#include <string>
#include <utility>

#include "store/layout.h"

namespace apogee::store {

using std::chrono::steady_clock;

Flusher::Flusher(CommitLog* log, const StoreOptions& options)
    : log_(log),
      sync_flush_(options.flush_disk_type == FlushDiskType::kSyncFlush),
      interval_(options.flush_interval_commit_log_ms),
      thorough_interval_(options.flush_commit_log_thorough_interval_ms),
      least_bytes_(options.flush_commit_log_least_pages * kPageSize) {}

Flusher::~Flusher() { Stop(); }

void Flusher::Start(PhysicalOffset durable) {
  durable_.store(durable, std::memory_order_release);
  thread_ = std::thread([this] { Run(); });
}

void Flusher::Request() {
  std::lock_guard lock(mutex_);
  if (std::exchange(requested_, true)) return;
  wake_.notify_one();
}

Status Flusher::Wait(PhysicalOffset offset) {
  if (durable() >= offset) return Status::Ok();
  if (offset > log_->committed()) {
    return Status(StatusCode::kInvalidArgument,
                  "Offset " + std::to_string(offset) + " is not written, so no sync reaches it.");
  }
  Request();
  std::unique_lock lock(mutex_);
  synced_.wait(lock, [&] { return durable() >= offset || !log_->health().ok() || stopping_; });
  if (durable() >= offset) return Status::Ok();
  if (!log_->health().ok()) return log_->health().status();
  return Status(StatusCode::kClosed, "The store is closing.");
}

void Flusher::SetListener(std::function<void()> listener) {
  std::lock_guard lock(listener_mutex_);
  listener_ = std::move(listener);
}

void Flusher::Notify() {
  {
    // Waiters check durable() under mutex_; without it they could miss this.
    std::lock_guard lock(mutex_);
    synced_.notify_all();
  }
  std::lock_guard lock(listener_mutex_);
  if (!log_->health().ok() && std::exchange(failure_told_, true)) return;
  if (listener_ != nullptr) listener_();
}

/// Syncs what is written. Result: false once the log has failed.
bool Flusher::SyncOnce() {
  if (!log_->health().ok()) {
    if (!failure_told_) Notify();
    return false;
  }
  // The time first: it then belongs to a record below `end`.
  const TimestampMs timestamp = log_->last_store_timestamp();
  const PhysicalOffset end = log_->committed();
  const PhysicalOffset begin = durable_.load(std::memory_order_relaxed);
  if (end <= begin) return true;
  if (Status status = log_->Sync(begin, end); !status.ok()) {
    log_->health().Fail(status);
    Notify();
    return false;
  }
  sync_count_.fetch_add(1, std::memory_order_relaxed);
  durable_timestamp_.store(timestamp, std::memory_order_release);
  durable_.store(end, std::memory_order_release);
  Notify();
  return true;
}

/// ASYNC_FLUSH: enough dirty pages, a full file, or too long since everything was synced.
bool Flusher::Due(steady_clock::time_point last_thorough) const {
  const PhysicalOffset end = log_->committed();
  const PhysicalOffset begin = durable_.load(std::memory_order_relaxed);
  const bool rolled = end / log_->segment_size() != begin / log_->segment_size();
  return rolled || end - begin >= least_bytes_ ||
         steady_clock::now() - last_thorough >= thorough_interval_;
}

void Flusher::Run() {
  auto last_thorough = steady_clock::now();
  std::unique_lock lock(mutex_);
  for (;;) {
    const auto woken = [&] { return requested_ || stopping_; };
    if (sync_flush_) {
      wake_.wait(lock, woken);
    } else {
      wake_.wait_for(lock, interval_, woken);
    }
    if (stopping_) return;
    const bool requested = std::exchange(requested_, false);
    lock.unlock();
    if (requested || Due(last_thorough)) {
      SyncOnce();
      last_thorough = steady_clock::now();
    }
    lock.lock();
  }
}

void Flusher::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
    synced_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

Status Flusher::StopAndSync() {
  Stop();
  SyncOnce();
  return log_->health().status();
}

}  // namespace apogee::store
