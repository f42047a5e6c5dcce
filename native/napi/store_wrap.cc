// SPDX-License-Identifier: Apache-2.0
#include "napi/store_wrap.h"

#include <algorithm>

#include "napi/arguments.h"
#include "napi/store_reads.h"
#include "napi/workers.h"
#include "remoting/control.h"
#include "remoting/frame.h"

namespace apogee::napi {

StoreWrap::StoreWrap(const Napi::CallbackInfo& info) : Napi::ObjectWrap<StoreWrap>(info) {
  if (!info[0].IsExternal()) {
    Napi::TypeError::New(info.Env(), "stores are made by openStore").ThrowAsJavaScriptException();
    return;
  }
  shared_ = *info[0].As<Napi::External<std::shared_ptr<SharedStore>>>().Data();
  handle_ = PublishShared(shared_);
}

StoreWrap::~StoreWrap() {
  // The environment ends or the object was dropped: nobody listens any more.
  if (shared_ != nullptr) shared_->store->SetDurableListener(nullptr);
}

Napi::Value StoreWrap::Create(Napi::Env env, std::shared_ptr<SharedStore> shared) {
  auto external = Napi::External<std::shared_ptr<SharedStore>>::New(env, &shared);
  return env.GetInstanceData<AddonData>()->store_class.New({external});
}

bool StoreWrap::IsOpen(Napi::Env env) const {
  if (shared_ != nullptr && !closing_) return true;
  ThrowClosed(env);
  return false;
}

/// (control: Int32Array, coldFrames: Uint8Array, output: Uint8Array) -> whether they fit.
Napi::Value StoreWrap::Attach(Info info) {
  const Napi::Env env = info.Env();
  if (!IsOpen(env)) return env.Undefined();
  const std::span<int32_t> control = ArrayOf<int32_t>(env, info[0], napi_int32_array);
  const std::span<uint8_t> cold = BytesOf(env, info[1]);
  const std::span<uint8_t> output = BytesOf(env, info[2]);
  if (control.size() < remoting::control::kLength || cold.size() < remoting::kMaxFrameBytes ||
      output.size() < service().min_output_bytes()) {
    return Napi::Boolean::New(env, false);
  }
  for (size_t i = 0; i < 3; i++) {
    buffers_[i] = Napi::Reference<Napi::Value>::New(info[i], 1);
  }
  service().Attach({control.data(), cold, output});
  attached_ = true;
  return Napi::Boolean::New(env, true);
}

Napi::Value StoreWrap::OpenSession(Info info) {
  const Napi::Env env = info.Env();
  if (!IsOpen(env)) return env.Undefined();
  return Napi::Number::New(env, service().OpenSession(HostOf(env, info[0], info[1])));
}

void StoreWrap::CloseSession(Info info) {
  // Connections may outlive the store for a moment; then there is nothing left to drop.
  if (shared_ == nullptr || closing_) return;
  service().CloseSession(Int32Of(info.Env(), info[0]));
}

/// (session, chunk, offset, length, nowMs)
void StoreWrap::Ingest(Info info) {
  const Napi::Env env = info.Env();
  if (!IsOpen(env) || !attached_) return;
  const store::Bytes chunk = BytesOf(env, info[1]);
  const size_t offset =
      std::min(static_cast<size_t>(std::max<int64_t>(0, Int64Of(env, info[2]))), chunk.size());
  const size_t length = std::min(static_cast<size_t>(std::max<int64_t>(0, Int64Of(env, info[3]))),
                                 chunk.size() - offset);
  service().Ingest(Int32Of(env, info[0]), chunk.subspan(offset, length), Int64Of(env, info[4]));
}

/// (session, frame, nowMs)
void StoreWrap::Serve(Info info) {
  const Napi::Env env = info.Env();
  if (!IsOpen(env) || !attached_) return;
  service().Serve(Int32Of(env, info[0]), BytesOf(env, info[1]), Int64Of(env, info[2]));
}

void StoreWrap::Drain(Info info) {
  if (!IsOpen(info.Env()) || !attached_) return;
  service().Drain(Int64Of(info.Env(), info[0]));
}

void StoreWrap::Tick(Info info) {
  if (!IsOpen(info.Env()) || !attached_) return;
  service().Tick(Int64Of(info.Env(), info[0]));
}

Napi::Value StoreWrap::LastError(Info info) {
  const Napi::Env env = info.Env();
  return Napi::String::New(env, shared_ == nullptr ? "" : service().last_error());
}

/// (topic, queueId, body, properties, flag, sysFlag, bornTimestampMs, bornAddress, bornPort,
///  reconsumeTimes, preparedTransactionOffset, nowMs, facts: Float64Array) -> ticket.
/// facts gets status, physicalOffset, queueOffset.
Napi::Value StoreWrap::Put(Info info) {
  const Napi::Env env = info.Env();
  if (!IsOpen(env)) return env.Undefined();
  store::AppendRequest request;
  request.queue = store().ResolveQueue(TextOf(env, info[0]), Int32Of(env, info[1]));
  request.body = BytesOf(env, info[2]);
  request.properties = BytesOf(env, info[3]);
  request.flag = Int32Of(env, info[4]);
  request.sys_flag = Int32Of(env, info[5]);
  request.born_timestamp = Int64Of(env, info[6]);
  request.born_host = HostOf(env, info[7], info[8]);
  request.reconsume_times = Int32Of(env, info[9]);
  request.prepared_transaction_offset = Int64Of(env, info[10]);
  const remoting::PutOutcome outcome = service().Put(request, Int64Of(env, info[11]));
  const std::span<double> facts = ArrayOf<double>(env, info[12], napi_float64_array);
  if (facts.size() >= 3) {
    facts[0] = static_cast<double>(outcome.result.status);
    facts[1] = static_cast<double>(outcome.result.physical_offset);
    facts[2] = static_cast<double>(outcome.result.queue_offset);
  }
  return Napi::Number::New(env, static_cast<double>(outcome.ticket));
}

/// () -> Float64Array of pairs: ticket, fate.
Napi::Value StoreWrap::TakeCompletedPuts(Info info) {
  const Napi::Env env = info.Env();
  if (!IsOpen(env)) return env.Undefined();
  std::vector<remoting::PutCompletion>& puts = service().completed_puts();
  auto result = Napi::Float64Array::New(env, puts.size() * 2);
  for (size_t i = 0; i < puts.size(); i++) {
    result[i * 2] = static_cast<double>(puts[i].ticket);
    result[i * 2 + 1] = static_cast<double>(puts[i].fate);
  }
  puts.clear();
  return result;
}

Napi::Value StoreWrap::HasOutput(Info info) {
  const bool has = shared_ != nullptr && !closing_ && service().HasOutput();
  return Napi::Boolean::New(info.Env(), has);
}

/// () -> whether the output listener will be called for it.
Napi::Value StoreWrap::RequestFlush(Info info) {
  // Comes late by a turn of the loop: the store may be closed by then, and everything durable.
  const bool requested = shared_ != nullptr && !closing_ && service().RequestFlush();
  return Napi::Boolean::New(info.Env(), requested);
}

/// (listener: () => void)
void StoreWrap::SetOutputListener(Info info) {
  const Napi::Env env = info.Env();
  if (!IsOpen(env) || !info[0].IsFunction()) return;
  if (signal_ != nullptr) signal_->Close();
  signal_ = OutputSignal::Create(env, info[0]);
  store().SetDurableListener([signal = signal_] {
    if (signal != nullptr) signal->Notify();
  });
}

/// (hold: boolean)
void StoreWrap::HoldProcess(Info info) {
  if (signal_ != nullptr) signal_->Hold(info.Env(), BoolOf(info.Env(), info[0]));
}

Napi::Value StoreWrap::Flush(Info info) {
  const Napi::Env env = info.Env();
  return IsOpen(env) ? FlushStore(env, shared_) : env.Undefined();
}

Napi::Value StoreWrap::Close(Info info) {
  const Napi::Env env = info.Env();
  if (shared_ == nullptr) return env.Undefined();
  if (!closing_) {
    closing_ = true;
    store().SetDurableListener(nullptr);
    if (signal_ != nullptr) signal_->Close();
  }
  return CloseStore(env, shared_);
}

}  // namespace apogee::napi
