// SPDX-License-Identifier: Apache-2.0
/// Work that blocks, off the JavaScript thread. Each returns a promise.
#pragma once

#include <memory>

#include "napi/napi_setup.h"
#include "napi/shared_store.h"

namespace apogee::napi {

/// (options) -> Promise<StoreWrap>. Rejects with an error whose code names the cause.
Napi::Value OpenStore(const Napi::CallbackInfo& info);
/// Resolves when everything appended so far is durable.
Napi::Value FlushStore(Napi::Env env, std::shared_ptr<SharedStore> shared);
Napi::Value CloseStore(Napi::Env env, std::shared_ptr<SharedStore> shared);

}  // namespace apogee::napi
