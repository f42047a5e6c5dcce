// SPDX-License-Identifier: Apache-2.0
#include "napi/arguments.h"
#include "napi/store_reads.h"
#include "napi/store_wrap.h"

namespace apogee::napi {
namespace {

Napi::Value NumberValue(Napi::Env env, int64_t value) {
  return Napi::Number::New(env, static_cast<double>(value));
}

Napi::Value NumbersValue(Napi::Env env, std::initializer_list<int64_t> values) {
  auto result = Napi::Float64Array::New(env, values.size());
  size_t at = 0;
  for (const int64_t value : values) result[at++] = static_cast<double>(value);
  return result;
}

}  // namespace

store::Queue* StoreWrap::QueueOf(Info info) const {
  return store().FindQueue(TextOf(info.Env(), info[0]), Int32Of(info.Env(), info[1]));
}

Napi::Value StoreWrap::Handle(Info info) { return Napi::Number::New(info.Env(), handle_); }

/// () -> cleanShutdown (0 or 1), recoveredBytes, recoveredMessages, truncatedBytes
Napi::Value StoreWrap::Recovery(Info info) {
  if (!IsOpen(info.Env())) return info.Env().Undefined();
  const store::RecoveryReport& report = store().recovery();
  return NumbersValue(info.Env(), {report.clean_shutdown ? 1 : 0, report.recovered_bytes,
                                   report.recovered_messages, report.truncated_bytes});
}

/// () -> numbers in the order of StoreStats
Napi::Value StoreWrap::Stats(Info info) {
  if (!IsOpen(info.Env())) return info.Env().Undefined();
  const store::StoreStats stats = store().stats();
  return NumbersValue(
      info.Env(), {stats.min_physical_offset, stats.max_physical_offset,
                   stats.durable_physical_offset, stats.dispatch_behind_bytes, stats.messages_put,
                   stats.bytes_put, stats.messages_read, stats.bytes_read, stats.commit_log_syncs,
                   service().suspended_pulls(), service().sessions()});
}

Napi::Value StoreWrap::Failure(Info info) {
  if (!IsOpen(info.Env())) return info.Env().Undefined();
  return Napi::String::New(info.Env(), store().health().message());
}

Napi::Value StoreWrap::MinOffset(Info info) {
  if (!IsOpen(info.Env())) return info.Env().Undefined();
  const store::Queue* queue = QueueOf(info);
  return NumberValue(info.Env(), queue == nullptr ? 0 : store().MinOffset(queue));
}

Napi::Value StoreWrap::MaxOffset(Info info) {
  if (!IsOpen(info.Env())) return info.Env().Undefined();
  const store::Queue* queue = QueueOf(info);
  return NumberValue(info.Env(), queue == nullptr ? 0 : store().MaxOffset(queue));
}

Napi::Value StoreWrap::IsInMemory(Info info) {
  const Napi::Env env = info.Env();
  if (!IsOpen(env)) return env.Undefined();
  const store::Queue* queue = QueueOf(info);
  return Napi::Boolean::New(env,
                            queue != nullptr && store().IsInMemory(queue, Int64Of(env, info[2])));
}

/// (topic, queueId, timestampMs, upper) -> offset
Napi::Value StoreWrap::OffsetByTime(Info info) {
  const Napi::Env env = info.Env();
  if (!IsOpen(env)) return env.Undefined();
  const store::Queue* queue = QueueOf(info);
  if (queue == nullptr) return NumberValue(env, 0);
  return NumberValue(env, store().OffsetByTime(queue, Int64Of(env, info[2]), BoolOf(env, info[3])));
}

Napi::Value StoreWrap::StoreTimestamp(Info info) {
  const Napi::Env env = info.Env();
  if (!IsOpen(env)) return env.Undefined();
  const store::Queue* queue = QueueOf(info);
  return NumberValue(env,
                     queue == nullptr ? -1 : store().StoreTimestamp(queue, Int64Of(env, info[2])));
}

Napi::Value StoreWrap::Read(Info info) {
  return IsOpen(info.Env()) ? napi::Read(info, shared_.get()) : info.Env().Undefined();
}

Napi::Value StoreWrap::ServeColdPull(Info info) {
  return IsOpen(info.Env()) ? napi::ServeColdPull(info, shared_.get()) : info.Env().Undefined();
}

Napi::Value StoreWrap::LookMessage(Info info) {
  return IsOpen(info.Env()) ? napi::LookMessage(info, shared_.get()) : info.Env().Undefined();
}

Napi::Value StoreWrap::QueryIndex(Info info) {
  return IsOpen(info.Env()) ? napi::QueryIndex(info, shared_.get()) : info.Env().Undefined();
}

}  // namespace apogee::napi
