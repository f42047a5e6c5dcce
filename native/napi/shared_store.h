// SPDX-License-Identifier: Apache-2.0
/// A store that several environments of one process share: the one that opened it, which serves
/// connections, and workers, which only read. Found by a number; dies with its last holder.
#pragma once

#include <cstdint>
#include <memory>
#include <shared_mutex>

#include "remoting/remoting_service.h"
#include "store/message_store.h"

namespace apogee::napi {

/// Members are in the order of their life: service, then store, then io go away.
struct SharedStore {
  std::unique_ptr<store::Io> io;
  std::unique_ptr<store::MessageStore> store;
  std::unique_ptr<remoting::RemotingService> service;

  /// Held shared by whoever uses `store` on a thread that is not the opener's, exclusive to close.
  std::shared_mutex life;
  /// Guarded by `life`.
  bool closed = false;
};

/// Opens store and service. Blocks: not for the JavaScript thread.
store::Result<std::shared_ptr<SharedStore>> OpenSharedStore(const store::StoreOptions& options,
                                                            int32_t sync_flush_timeout_ms,
                                                            store::TimestampMs now_ms);
/// Waits for readers, then closes. Blocks. Idempotent.
store::Status CloseSharedStore(SharedStore* shared);

/// Gives the store a number for FindShared. Any thread.
int32_t PublishShared(const std::shared_ptr<SharedStore>& shared);
/// nullptr when that store is gone. Any thread.
std::shared_ptr<SharedStore> FindShared(int32_t handle);

}  // namespace apogee::napi
