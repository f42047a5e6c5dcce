// SPDX-License-Identifier: Apache-2.0
/// Tells JavaScript, from any thread, that something waits for `drain`. Calls that come while one
/// is under way are one.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>

#include "napi/napi_setup.h"

namespace apogee::napi {

/// Shape: shared by the environment's thread and the store's flush thread; outlives both.
class OutputSignal {
 public:
  /// On the environment's thread. The signal does not keep the process alive until Hold(true).
  static std::shared_ptr<OutputSignal> Create(napi_env env, napi_value listener);

  /// Any thread.
  void Notify();
  /// On the environment's thread: whether the process must live until the next signal.
  void Hold(napi_env env, bool hold);
  /// On the environment's thread: no listener is called after this.
  void Close();

 private:
  static void Call(napi_env env, napi_value listener, void* context, void* data);
  static void Finalize(napi_env env, void* data, void* hint);

  std::mutex mutex_;
  /// Guarded by mutex_; nullptr once closed, by Close or because the environment ended.
  napi_threadsafe_function function_ = nullptr;
  std::atomic<bool> under_way_ = false;
};

}  // namespace apogee::napi
