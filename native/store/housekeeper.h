// SPDX-License-Identifier: Apache-2.0
/// The thread that makes consume queues and index durable and then says so in the checkpoint.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "store/checkpoint.h"
#include "store/dispatcher.h"
#include "store/flusher.h"

namespace apogee::store {

class Housekeeper {
 public:
  /// `index` may be null.
  Housekeeper(Io* io, const StoreOptions& options, Flusher* flusher, QueueTable* queues,
              IndexService* index, Dispatcher* dispatcher, Checkpoint* checkpoint);
  /// Stops without a last round, as a crash would.
  ~Housekeeper();

  void Start();
  /// Stops the thread, makes everything durable and stores the checkpoint.
  Status StopAndFlush();

 private:
  void Run();
  void Stop();
  Status FlushQueues(int32_t least_pages);
  Status Round(bool thorough);

  Io* const io_;
  const std::chrono::milliseconds interval_;
  const std::chrono::milliseconds thorough_interval_;
  const int32_t least_pages_;
  Flusher* const flusher_;
  QueueTable* const queues_;
  IndexService* const index_;
  Dispatcher* const dispatcher_;
  Checkpoint* const checkpoint_;

  std::mutex mutex_;
  std::condition_variable wake_;
  /// Guarded by mutex_.
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace apogee::store
