// SPDX-License-Identifier: Apache-2.0
/// The object that `openStore` resolves with: the store for its I/O thread. Converts and forwards;
/// every signature is in src/store/native-addon.ts.
#pragma once

#include <memory>

#include "napi/napi_setup.h"
#include "napi/output_signal.h"
#include "napi/shared_store.h"

namespace apogee::napi {

class StoreWrap final : public Napi::ObjectWrap<StoreWrap> {
 public:
  static Napi::Function Define(Napi::Env env);
  /// Wraps a store; nothing when an exception is pending.
  static Napi::Value Create(Napi::Env env, std::shared_ptr<SharedStore> shared);

  /// Called by Create through the class's JavaScript constructor.
  explicit StoreWrap(const Napi::CallbackInfo& info);
  ~StoreWrap() override;

 private:
  using Info = const Napi::CallbackInfo&;

  // store_wrap.cc: data path and life.
  Napi::Value Attach(Info info);
  Napi::Value OpenSession(Info info);
  void CloseSession(Info info);
  void Ingest(Info info);
  void Serve(Info info);
  void Drain(Info info);
  void Tick(Info info);
  Napi::Value LastError(Info info);
  Napi::Value Put(Info info);
  Napi::Value TakeCompletedPuts(Info info);
  Napi::Value HasOutput(Info info);
  Napi::Value RequestFlush(Info info);
  void SetOutputListener(Info info);
  void HoldProcess(Info info);
  Napi::Value Flush(Info info);
  Napi::Value Close(Info info);

  // store_wrap_tables.cc: tables and consumer offsets.
  void SetIdentity(Info info);
  void SetBrokerState(Info info);
  void SetTopic(Info info);
  void RemoveTopic(Info info);
  void DestroyTopicQueues(Info info);
  void SetGroup(Info info);
  void RemoveGroup(Info info);
  void SetSubscription(Info info);
  void RemoveSubscription(Info info);
  Napi::Value QueryOffset(Info info);
  void CommitOffset(Info info);
  void RemoveOffsets(Info info);
  Napi::Value ExportOffsets(Info info);
  Napi::Value OffsetVersion(Info info);

  // store_wrap_reads.cc: what processors read.
  Napi::Value Handle(Info info);
  Napi::Value Recovery(Info info);
  Napi::Value Stats(Info info);
  Napi::Value Failure(Info info);
  Napi::Value MinOffset(Info info);
  Napi::Value MaxOffset(Info info);
  Napi::Value IsInMemory(Info info);
  Napi::Value OffsetByTime(Info info);
  Napi::Value StoreTimestamp(Info info);
  Napi::Value Read(Info info);
  Napi::Value ServeColdPull(Info info);
  Napi::Value LookMessage(Info info);
  Napi::Value QueryIndex(Info info);

  /// False, with an exception pending, once Close was called.
  bool IsOpen(Napi::Env env) const;
  /// The queue named by the first two arguments; nullptr when it was never used.
  store::Queue* QueueOf(Info info) const;
  remoting::RemotingService& service() const { return *shared_->service; }
  store::MessageStore& store() const { return *shared_->store; }

  std::shared_ptr<SharedStore> shared_;
  std::shared_ptr<OutputSignal> signal_;
  int32_t handle_ = 0;
  bool closing_ = false;
  bool attached_ = false;
  /// Keep the memory alive that results go to.
  Napi::Reference<Napi::Value> buffers_[3];
};

/// What the environment keeps: the constructor of StoreWrap.
struct AddonData {
  Napi::FunctionReference store_class;
};

}  // namespace apogee::napi
