// SPDX-License-Identifier: Apache-2.0
#include "store/housekeeper.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

namespace apogee::store {

using std::chrono::steady_clock;

namespace {

/// From here on the file system is synced once instead of each file: every file alone would wait
/// for a commit of the journal.
constexpr size_t kManyQueues = 64;

}  // namespace

Housekeeper::Housekeeper(Io* io, const StoreOptions& options, Flusher* flusher, QueueTable* queues,
                         IndexService* index, Dispatcher* dispatcher, Checkpoint* checkpoint)
    : io_(io),
      interval_(options.flush_interval_consume_queue_ms),
      thorough_interval_(options.flush_consume_queue_thorough_interval_ms),
      least_pages_(options.flush_consume_queue_least_pages),
      flusher_(flusher),
      queues_(queues),
      index_(index),
      dispatcher_(dispatcher),
      checkpoint_(checkpoint) {}

Housekeeper::~Housekeeper() { Stop(); }

void Housekeeper::Start() {
  thread_ = std::thread([this] { Run(); });
}

Status Housekeeper::FlushQueues(int32_t least_pages) {
  std::vector<std::pair<ConsumeQueue*, int64_t>> dirty;
  for (Queue* queue : queues_->All()) {
    const int64_t target = queue->consume_queue.FlushTarget(least_pages);
    if (target >= 0) dirty.emplace_back(&queue->consume_queue, target);
  }
  if (dirty.size() >= kManyQueues) {
    const Result<bool> synced = io_->SyncAll(queues_->config().root);
    if (!synced.ok()) return synced.status();
    if (synced.value()) {
      for (const auto& [queue, target] : dirty) queue->MarkFlushed(target);
      return Status::Ok();
    }
  }
  for (const auto& [queue, target] : dirty) {
    if (Status status = queue->Flush(target); !status.ok()) return status;
  }
  return Status::Ok();
}

/// Flushes and then stores what may be claimed. A thorough round covers every entry of the records
/// dispatched before it began, which Apache 5.5.0 relies on when it starts after a crash.
Status Housekeeper::Round(bool thorough) {
  const DispatchMark mark = dispatcher_->mark();
  CheckpointValues values = checkpoint_->values();
  values.physic_msg_timestamp =
      std::max(values.physic_msg_timestamp, flusher_->durable_timestamp());
  if (Status status = FlushQueues(thorough ? 0 : least_pages_); !status.ok()) return status;
  if (index_ != nullptr) {
    const Result<TimestampMs> durable = index_->Sync(thorough);
    if (!durable.ok()) return durable.status();
    values.index_msg_timestamp = std::max(values.index_msg_timestamp, durable.value());
  }
  if (thorough && mark.end > 0) {
    // The entry may be durable before the record it points to.
    if (Status status = flusher_->Wait(mark.end); !status.ok()) return status;
    values.logics_msg_timestamp = mark.store_timestamp;
    values.logics_physical_offset = mark.offset;
  }
  return checkpoint_->Store(values);
}

void Housekeeper::Run() {
  auto last_thorough = steady_clock::now();
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait_for(lock, interval_, [&] { return stopping_; });
    if (stopping_) return;
    lock.unlock();
    const auto now = steady_clock::now();
    const bool thorough = now - last_thorough >= thorough_interval_;
    if (thorough) last_thorough = now;
    // A failure leaves the checkpoint where it was; the next round tries again.
    (void)Round(thorough).ok();
    lock.lock();
  }
}

void Housekeeper::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

Status Housekeeper::StopAndFlush() {
  Stop();
  return Round(true);
}

}  // namespace apogee::store
