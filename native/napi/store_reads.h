// SPDX-License-Identifier: Apache-2.0
/// The reads that any environment may ask of a store, as functions of a call from JavaScript. Their
/// signatures are in src/store/native-addon.ts.
#pragma once

#include <memory>

#include "napi/napi_setup.h"
#include "napi/shared_store.h"

namespace apogee::napi {

/// All throw STORE_CLOSED into JavaScript once the store is closed.
Napi::Value Read(const Napi::CallbackInfo& info, SharedStore* shared);
Napi::Value ServeColdPull(const Napi::CallbackInfo& info, SharedStore* shared);
Napi::Value LookMessage(const Napi::CallbackInfo& info, SharedStore* shared);
Napi::Value QueryIndex(const Napi::CallbackInfo& info, SharedStore* shared);

/// Throws a JavaScript error whose code is STORE_CLOSED.
void ThrowClosed(Napi::Env env);

}  // namespace apogee::napi
