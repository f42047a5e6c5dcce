// SPDX-License-Identifier: Apache-2.0
/// The thread that makes the commit log durable. Under SYNC_FLUSH it takes whatever was written
/// during the previous sync, without a timer; under ASYNC_FLUSH it works at intervals.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "store/commit_log.h"

namespace apogee::store {

class Flusher {
 public:
  Flusher(CommitLog* log, const StoreOptions& options);
  /// Stops without a last sync, as a crash would.
  ~Flusher();

  void Start(PhysicalOffset durable);
  /// Any thread. Wakes the thread to sync everything written so far.
  void Request();
  /// Any thread. Waits until `offset` is durable. Errors: the log has failed or is closing.
  Status Wait(PhysicalOffset offset);
  /// Stops the thread and syncs the rest. Errors: the sync failed.
  Status StopAndSync();
  void SetListener(std::function<void()> listener);

  // ---- any thread -------------------------------------------------------------------------------
  PhysicalOffset durable() const { return durable_.load(std::memory_order_acquire); }
  /// Store time of a record below durable().
  TimestampMs durable_timestamp() const {
    return durable_timestamp_.load(std::memory_order_acquire);
  }
  int64_t sync_count() const { return sync_count_.load(std::memory_order_relaxed); }

 private:
  void Run();
  void Stop();
  bool SyncOnce();
  bool Due(std::chrono::steady_clock::time_point last_thorough) const;
  void Notify();

  CommitLog* const log_;
  const bool sync_flush_;
  const std::chrono::milliseconds interval_;
  const std::chrono::milliseconds thorough_interval_;
  const int64_t least_bytes_;

  std::atomic<PhysicalOffset> durable_{0};
  std::atomic<TimestampMs> durable_timestamp_{0};
  std::atomic<int64_t> sync_count_{0};

  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable synced_;
  /// Guarded by mutex_.
  bool requested_ = false;
  bool stopping_ = false;

  /// Guards listener_; held while it runs, so that it is not replaced under its feet.
  std::mutex listener_mutex_;
  std::function<void()> listener_;
  bool failure_told_ = false;

  std::thread thread_;
};

}  // namespace apogee::store
