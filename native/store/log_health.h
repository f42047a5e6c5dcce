// SPDX-License-Identifier: Apache-2.0
/// Whether the commit log may be written. One failure closes it for good.
#pragma once

#include <atomic>
#include <mutex>

#include "store/result.h"

namespace apogee::store {

/// Any thread. The first failure stays; later ones are its consequences.
class LogHealth {
 public:
  bool ok() const { return !failed_.load(std::memory_order_acquire); }

  Status status() const {
    if (ok()) return Status::Ok();
    std::lock_guard lock(mutex_);
    return status_;
  }

  void Fail(const Status& cause) {
    std::lock_guard lock(mutex_);
    if (failed_.load(std::memory_order_relaxed)) return;
    status_ = Status(cause.code(), cause.message() +
                                       " The commit log takes no more messages; restart the "
                                       "broker once the cause is gone.");
    failed_.store(true, std::memory_order_release);
  }

 private:
  std::atomic<bool> failed_{false};
  mutable std::mutex mutex_;
  Status status_;
};

}  // namespace apogee::store
