// SPDX-License-Identifier: Apache-2.0
#include "napi/workers.h"

#include <optional>
#include <shared_mutex>
#include <utility>

#include "napi/arguments.h"
#include "napi/store_wrap.h"

namespace apogee::napi {
namespace {

/// The error code of src/core/errors.ts that stands for a status.
const char* ErrorCodeOf(store::StatusCode code) {
  switch (code) {
    case store::StatusCode::kLocked:
      return "STORE_LOCKED";
    case store::StatusCode::kBadFormat:
      return "STORE_FORMAT";
    case store::StatusCode::kClosed:
      return "STORE_CLOSED";
    case store::StatusCode::kCorrupt:
      return "STORE_FAILED";
    default:
      return "STORE_PATH";
  }
}

/// Execute runs on a pool thread and must not touch JavaScript; the rest runs on the environment's
/// thread.
class StatusWorker : public Napi::AsyncWorker {
 public:
  explicit StatusWorker(Napi::Env env)
      : Napi::AsyncWorker(env), deferred_(Napi::Promise::Deferred::New(env)) {}
  Napi::Value promise() const { return deferred_.Promise(); }

 protected:
  virtual store::Status Work() = 0;
  virtual Napi::Value Outcome(Napi::Env env) { return env.Undefined(); }

  void Execute() final { status_ = Work(); }
  void OnOK() final {
    const Napi::Env env = Env();
    const Napi::HandleScope scope(env);
    if (status_.ok()) {
      deferred_.Resolve(Outcome(env));
      return;
    }
    Napi::Error error = Napi::Error::New(env, status_.message());
    error.Set("code", Napi::String::New(env, ErrorCodeOf(status_.code())));
    deferred_.Reject(error.Value());
  }

 private:
  Napi::Promise::Deferred deferred_;
  store::Status status_;
};

class OpenWorker final : public StatusWorker {
 public:
  OpenWorker(Napi::Env env, store::StoreOptions options, int32_t sync_flush_timeout_ms,
             store::TimestampMs now_ms)
      : StatusWorker(env),
        options_(std::move(options)),
        sync_flush_timeout_ms_(sync_flush_timeout_ms),
        now_ms_(now_ms) {}

 private:
  store::Status Work() override {
    auto opened = OpenSharedStore(options_, sync_flush_timeout_ms_, now_ms_);
    if (opened.ok()) shared_ = opened.take();
    return shared_ == nullptr ? opened.status() : store::Status::Ok();
  }
  Napi::Value Outcome(Napi::Env env) override { return StoreWrap::Create(env, std::move(shared_)); }

  const store::StoreOptions options_;
  const int32_t sync_flush_timeout_ms_;
  const store::TimestampMs now_ms_;
  std::shared_ptr<SharedStore> shared_;
};

class FlushWorker final : public StatusWorker {
 public:
  FlushWorker(Napi::Env env, std::shared_ptr<SharedStore> shared)
      : StatusWorker(env),
        shared_(std::move(shared)),
        end_(shared_->store->stats().max_physical_offset) {}

 private:
  store::Status Work() override {
    const std::shared_lock<std::shared_mutex> lock(shared_->life);
    if (shared_->closed) return {store::StatusCode::kClosed, "the store is closed"};
    shared_->store->RequestFlush();
    return shared_->store->WaitDurable(end_);
  }

  const std::shared_ptr<SharedStore> shared_;
  const store::PhysicalOffset end_;
};

class CloseWorker final : public StatusWorker {
 public:
  CloseWorker(Napi::Env env, std::shared_ptr<SharedStore> shared)
      : StatusWorker(env), shared_(std::move(shared)) {}

 private:
  store::Status Work() override { return CloseSharedStore(shared_.get()); }

  const std::shared_ptr<SharedStore> shared_;
};

template <typename Worker, typename... Arguments>
Napi::Value Start(Napi::Env env, Arguments&&... arguments) {
  // The worker deletes itself when it is done.
  auto* worker = new Worker(env, std::forward<Arguments>(arguments)...);
  const Napi::Value promise = worker->promise();
  worker->Queue();
  return promise;
}

/// Reads the numbers and texts of an options object by name.
class OptionReader {
 public:
  explicit OptionReader(Napi::Object object) : object_(object) {}
  int64_t Int64(const char* name) const { return Int64Of(object_.Env(), Property(name)); }
  int32_t Int32(const char* name) const { return Int32Of(object_.Env(), Property(name)); }
  bool Bool(const char* name) const { return BoolOf(object_.Env(), Property(name)); }
  std::string Text(const char* name) const { return TextOf(object_.Env(), Property(name)); }

 private:
  napi_value Property(const char* name) const { return object_.Get(name); }

  Napi::Object object_;
};

store::StoreOptions OptionsOf(const OptionReader& from) {
  store::StoreOptions options;
  options.root_dir = from.Text("storePathRootDir");
  options.commit_log_dir = from.Text("storePathCommitLog");
  options.commit_log_file_size = from.Int64("mappedFileSizeCommitLog");
  options.consume_queue_file_size = from.Int64("mappedFileSizeConsumeQueue");
  options.max_hash_slot_num = from.Int32("maxHashSlotNum");
  options.max_index_num = from.Int32("maxIndexNum");
  options.message_index_enable = from.Bool("messageIndexEnable");
  options.flush_disk_type = from.Text("flushDiskType") == "SYNC_FLUSH"
                                ? store::FlushDiskType::kSyncFlush
                                : store::FlushDiskType::kAsyncFlush;
  options.flush_interval_commit_log_ms = from.Int32("flushIntervalCommitLog");
  options.flush_commit_log_least_pages = from.Int32("flushCommitLogLeastPages");
  options.flush_commit_log_thorough_interval_ms = from.Int32("flushCommitLogThoroughInterval");
  options.flush_interval_consume_queue_ms = from.Int32("flushIntervalConsumeQueue");
  options.flush_consume_queue_least_pages = from.Int32("flushConsumeQueueLeastPages");
  options.flush_consume_queue_thorough_interval_ms =
      from.Int32("flushConsumeQueueThoroughInterval");
  options.max_message_size = from.Int32("maxMessageSize");
  options.access_message_in_memory_max_ratio = from.Int32("accessMessageInMemoryMaxRatio");
  options.max_transfer_bytes_in_memory = from.Int32("maxTransferBytesOnMessageInMemory");
  options.max_transfer_count_in_memory = from.Int32("maxTransferCountOnMessageInMemory");
  options.max_transfer_bytes_on_disk = from.Int32("maxTransferBytesOnMessageInDisk");
  options.max_transfer_count_on_disk = from.Int32("maxTransferCountOnMessageInDisk");
  options.max_filter_message_size = from.Int32("maxFilterMessageSize");
  options.commit_log_recover_max_num = from.Int32("commitLogRecoverMaxNum");
  options.physical_memory_bytes = from.Int64("physicalMemoryBytes");
  return options;
}

}  // namespace

Napi::Value OpenStore(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsObject()) {
    Napi::TypeError::New(env, "openStore takes the options of a store")
        .ThrowAsJavaScriptException();
    return env.Undefined();
  }
  const OptionReader from(info[0].As<Napi::Object>());
  return Start<OpenWorker>(env, OptionsOf(from), from.Int32("syncFlushTimeout"),
                           from.Int64("nowMs"));
}

Napi::Value FlushStore(Napi::Env env, std::shared_ptr<SharedStore> shared) {
  return Start<FlushWorker>(env, std::move(shared));
}

Napi::Value CloseStore(Napi::Env env, std::shared_ptr<SharedStore> shared) {
  return Start<CloseWorker>(env, std::move(shared));
}

}  // namespace apogee::napi
