// SPDX-License-Identifier: Apache-2.0
/// What the addon exports: openStore, attachStore and the layout of the control words.
#include "napi/arguments.h"
#include "napi/store_reads.h"
#include "napi/store_wrap.h"
#include "napi/workers.h"
#include "remoting/control.h"

namespace apogee::napi {

/// A worker's view of a store that another environment opened.
class ReaderWrap final : public Napi::ObjectWrap<ReaderWrap> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(env, "NativeReader",
                       {InstanceMethod<&ReaderWrap::Read>("read"),
                        InstanceMethod<&ReaderWrap::ServeColdPull>("serveColdPull"),
                        InstanceMethod<&ReaderWrap::LookMessage>("lookMessage"),
                        InstanceMethod<&ReaderWrap::QueryIndex>("queryIndex")});
  }

  /// (handle). Throws STORE_CLOSED when there is no such store any more.
  explicit ReaderWrap(const Napi::CallbackInfo& info) : Napi::ObjectWrap<ReaderWrap>(info) {
    shared_ = FindShared(Int32Of(info.Env(), info[0]));
    if (shared_ == nullptr) ThrowClosed(info.Env());
  }

 private:
  Napi::Value Read(const Napi::CallbackInfo& info) { return napi::Read(info, shared_.get()); }
  Napi::Value ServeColdPull(const Napi::CallbackInfo& info) {
    return napi::ServeColdPull(info, shared_.get());
  }
  Napi::Value LookMessage(const Napi::CallbackInfo& info) {
    return napi::LookMessage(info, shared_.get());
  }
  Napi::Value QueryIndex(const Napi::CallbackInfo& info) {
    return napi::QueryIndex(info, shared_.get());
  }

  std::shared_ptr<SharedStore> shared_;
};

Napi::Function StoreWrap::Define(Napi::Env env) {
  return DefineClass(env, "NativeStore",
                     {InstanceMethod<&StoreWrap::Attach>("attach"),
                      InstanceMethod<&StoreWrap::OpenSession>("openSession"),
                      InstanceMethod<&StoreWrap::CloseSession>("closeSession"),
                      InstanceMethod<&StoreWrap::Ingest>("ingest"),
                      InstanceMethod<&StoreWrap::Serve>("serve"),
                      InstanceMethod<&StoreWrap::Drain>("drain"),
                      InstanceMethod<&StoreWrap::Tick>("tick"),
                      InstanceMethod<&StoreWrap::LastError>("lastError"),
                      InstanceMethod<&StoreWrap::Put>("put"),
                      InstanceMethod<&StoreWrap::TakeCompletedPuts>("takeCompletedPuts"),
                      InstanceMethod<&StoreWrap::HasOutput>("hasOutput"),
                      InstanceMethod<&StoreWrap::RequestFlush>("requestFlush"),
                      InstanceMethod<&StoreWrap::SetOutputListener>("setOutputListener"),
                      InstanceMethod<&StoreWrap::HoldProcess>("holdProcess"),
                      InstanceMethod<&StoreWrap::Flush>("flush"),
                      InstanceMethod<&StoreWrap::Close>("close"),
                      InstanceMethod<&StoreWrap::SetIdentity>("setIdentity"),
                      InstanceMethod<&StoreWrap::SetBrokerState>("setBrokerState"),
                      InstanceMethod<&StoreWrap::SetTopic>("setTopic"),
                      InstanceMethod<&StoreWrap::RemoveTopic>("removeTopic"),
                      InstanceMethod<&StoreWrap::DestroyTopicQueues>("destroyTopicQueues"),
                      InstanceMethod<&StoreWrap::SetGroup>("setGroup"),
                      InstanceMethod<&StoreWrap::RemoveGroup>("removeGroup"),
                      InstanceMethod<&StoreWrap::SetSubscription>("setSubscription"),
                      InstanceMethod<&StoreWrap::RemoveSubscription>("removeSubscription"),
                      InstanceMethod<&StoreWrap::QueryOffset>("queryOffset"),
                      InstanceMethod<&StoreWrap::CommitOffset>("commitOffset"),
                      InstanceMethod<&StoreWrap::RemoveOffsets>("removeOffsets"),
                      InstanceMethod<&StoreWrap::ExportOffsets>("exportOffsets"),
                      InstanceMethod<&StoreWrap::OffsetVersion>("offsetVersion"),
                      InstanceMethod<&StoreWrap::Handle>("handle"),
                      InstanceMethod<&StoreWrap::Recovery>("recovery"),
                      InstanceMethod<&StoreWrap::Stats>("stats"),
                      InstanceMethod<&StoreWrap::Failure>("failure"),
                      InstanceMethod<&StoreWrap::MinOffset>("minOffset"),
                      InstanceMethod<&StoreWrap::MaxOffset>("maxOffset"),
                      InstanceMethod<&StoreWrap::IsInMemory>("isInMemory"),
                      InstanceMethod<&StoreWrap::OffsetByTime>("offsetByTime"),
                      InstanceMethod<&StoreWrap::StoreTimestamp>("storeTimestamp"),
                      InstanceMethod<&StoreWrap::Read>("read"),
                      InstanceMethod<&StoreWrap::ServeColdPull>("serveColdPull"),
                      InstanceMethod<&StoreWrap::LookMessage>("lookMessage"),
                      InstanceMethod<&StoreWrap::QueryIndex>("queryIndex")});
}

namespace {

/// Words of the control array, for a comparison with src/store/message-store.ts.
Napi::Object ControlLayout(Napi::Env env) {
  namespace control = remoting::control;
  Napi::Object layout = Napi::Object::New(env);
  layout.Set("CONSUMED", static_cast<double>(control::kConsumed));
  layout.Set("REPLY_END", static_cast<double>(control::kReplyEnd));
  layout.Set("COLD_COUNT", static_cast<double>(control::kColdCount));
  layout.Set("OTHER_COUNT", static_cast<double>(control::kOtherCount));
  layout.Set("FLAGS", static_cast<double>(control::kFlags));
  layout.Set("FLUSH_WANTED", static_cast<double>(control::kFlushWanted));
  layout.Set("COLD_BASE", static_cast<double>(control::kColdBase));
  layout.Set("OTHER_BASE", static_cast<double>(control::kOtherBase));
  layout.Set("LENGTH", static_cast<double>(control::kLength));
  return layout;
}

Napi::Object Initialise(Napi::Env env, Napi::Object exports) {
  auto* data = new AddonData;
  env.SetInstanceData(data);
  const Napi::Function store_class = StoreWrap::Define(env);
  data->store_class = Napi::Persistent(store_class);
  exports.Set("NativeReader", ReaderWrap::Define(env));
  exports.Set("openStore", Napi::Function::New(env, OpenStore, "openStore"));
  exports.Set("controlLayout", ControlLayout(env));
  return exports;
}

}  // namespace
}  // namespace apogee::napi

static Napi::Object InitialiseAddon(Napi::Env env, Napi::Object exports) {
  return apogee::napi::Initialise(env, exports);
}

NODE_API_MODULE(apogee, InitialiseAddon)
