// SPDX-License-Identifier: Apache-2.0
#include "napi/output_signal.h"

namespace apogee::napi {

std::shared_ptr<OutputSignal> OutputSignal::Create(napi_env env, napi_value listener) {
  auto signal = std::make_shared<OutputSignal>();
  napi_value name = nullptr;
  napi_create_string_utf8(env, "apogee:output", NAPI_AUTO_LENGTH, &name);
  // The function's own share of the signal, given back by Finalize.
  auto* share = new std::shared_ptr<OutputSignal>(signal);
  const napi_status status = napi_create_threadsafe_function(
      env, listener, nullptr, name, 1, 1, share, Finalize, share, Call, &signal->function_);
  if (status != napi_ok) {
    delete share;
    return nullptr;
  }
  napi_unref_threadsafe_function(env, signal->function_);
  return signal;
}

void OutputSignal::Finalize(napi_env /*env*/, void* data, void* /*hint*/) {
  auto* share = static_cast<std::shared_ptr<OutputSignal>*>(data);
  {
    const std::lock_guard<std::mutex> lock((*share)->mutex_);
    (*share)->function_ = nullptr;
  }
  delete share;
}

void OutputSignal::Call(napi_env env, napi_value listener, void* context, void* /*data*/) {
  if (env == nullptr || listener == nullptr) return;
  const std::shared_ptr<OutputSignal> signal =
      *static_cast<std::shared_ptr<OutputSignal>*>(context);
  signal->under_way_.store(false);
  napi_value undefined = nullptr;
  napi_get_undefined(env, &undefined);
  napi_call_function(env, undefined, listener, 0, nullptr, nullptr);
}

void OutputSignal::Notify() {
  if (under_way_.exchange(true)) return;
  const std::lock_guard<std::mutex> lock(mutex_);
  if (function_ == nullptr) return;
  const napi_status status =
      napi_call_threadsafe_function(function_, nullptr, napi_tsfn_nonblocking);
  if (status != napi_ok) under_way_.store(false);
}

void OutputSignal::Hold(napi_env env, bool hold) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (function_ == nullptr) return;
  if (hold) {
    napi_ref_threadsafe_function(env, function_);
  } else {
    napi_unref_threadsafe_function(env, function_);
  }
}

void OutputSignal::Close() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (function_ == nullptr) return;
  napi_release_threadsafe_function(function_, napi_tsfn_abort);
  function_ = nullptr;
}

}  // namespace apogee::napi
