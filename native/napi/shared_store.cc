// SPDX-License-Identifier: Apache-2.0
#include "napi/shared_store.h"

#include <map>
#include <mutex>

#include "posix/posix_io.h"

namespace apogee::napi {
namespace {

/// The addon is loaded once per process, whatever the number of environments: this is how they
/// find each other's stores.
struct Registry {
  std::mutex mutex;
  std::map<int32_t, std::weak_ptr<SharedStore>> stores;
  int32_t last_handle = 0;
};

Registry& TheRegistry() {
  static Registry registry;
  return registry;
}

}  // namespace

store::Result<std::shared_ptr<SharedStore>> OpenSharedStore(const store::StoreOptions& options,
                                                            int32_t sync_flush_timeout_ms,
                                                            store::TimestampMs now_ms) {
  auto shared = std::make_shared<SharedStore>();
  shared->io = posix::CreatePosixIo();
  auto opened = store::MessageStore::Open(options, shared->io.get(), now_ms);
  if (!opened.ok()) return opened.status();
  shared->store = opened.take();
  shared->service =
      std::make_unique<remoting::RemotingService>(shared->store.get(), sync_flush_timeout_ms);
  return shared;
}

store::Status CloseSharedStore(SharedStore* shared) {
  const std::unique_lock<std::shared_mutex> lock(shared->life);
  if (shared->closed) return store::Status::Ok();
  shared->closed = true;
  return shared->store->Close();
}

int32_t PublishShared(const std::shared_ptr<SharedStore>& shared) {
  Registry& registry = TheRegistry();
  const std::lock_guard<std::mutex> lock(registry.mutex);
  std::erase_if(registry.stores, [](const auto& item) { return item.second.expired(); });
  registry.last_handle += 1;
  registry.stores[registry.last_handle] = shared;
  return registry.last_handle;
}

std::shared_ptr<SharedStore> FindShared(int32_t handle) {
  Registry& registry = TheRegistry();
  const std::lock_guard<std::mutex> lock(registry.mutex);
  const auto found = registry.stores.find(handle);
  return found == registry.stores.end() ? nullptr : found->second.lock();
}

}  // namespace apogee::napi
