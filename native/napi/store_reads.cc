// SPDX-License-Identifier: Apache-2.0
#include "napi/store_reads.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "napi/arguments.h"

namespace apogee::napi {
namespace {

/// Grows as a read goes on.
class VectorSink final : public store::ByteSink {
 public:
  uint8_t* Reserve(size_t size) override {
    bytes_.resize(bytes_.size() + size);
    return bytes_.data() + bytes_.size() - size;
  }
  store::Bytes bytes() const { return bytes_; }

 private:
  std::vector<uint8_t> bytes_;
};

/// Keeps the store open while it lives. Nothing, with an exception pending, once it is closed.
std::optional<std::shared_lock<std::shared_mutex>> Enter(Napi::Env env, SharedStore* shared) {
  std::shared_lock<std::shared_mutex> lock(shared->life);
  if (!shared->closed) return lock;
  ThrowClosed(env);
  return std::nullopt;
}

}  // namespace

void ThrowClosed(Napi::Env env) { napi_throw_error(env, "STORE_CLOSED", "the store is closed"); }

/// (topic, queueId, offset, maxMessages, codes, facts: Float64Array) -> records. facts gets
/// status, nextBeginOffset, minOffset, maxOffset, messageCount.
Napi::Value Read(const Napi::CallbackInfo& info, SharedStore* shared) {
  const Napi::Env env = info.Env();
  const auto open = Enter(env, shared);
  if (!open) return env.Undefined();
  store::ReadOutcome outcome;
  VectorSink sink;
  store::ReadRequest request;
  request.queue = shared->store->FindQueue(TextOf(env, info[0]), Int32Of(env, info[1]));
  request.offset = Int64Of(env, info[2]);
  request.max_messages = Int32Of(env, info[3]);
  request.filter.codes = ArrayOf<int32_t>(env, info[4], napi_int32_array);
  if (request.queue != nullptr) outcome = shared->store->Read(request, &sink);
  const std::span<double> facts = ArrayOf<double>(env, info[5], napi_float64_array);
  if (facts.size() >= 5) {
    facts[0] = static_cast<double>(outcome.status);
    facts[1] = static_cast<double>(outcome.next_begin_offset);
    facts[2] = static_cast<double>(outcome.min_offset);
    facts[3] = static_cast<double>(outcome.max_offset);
    facts[4] = static_cast<double>(outcome.message_count);
  }
  return {env, BytesValue(env, sink.bytes())};
}

/// (frame) -> reply | undefined
Napi::Value ServeColdPull(const Napi::CallbackInfo& info, SharedStore* shared) {
  const Napi::Env env = info.Env();
  const auto open = Enter(env, shared);
  if (!open) return env.Undefined();
  std::vector<uint8_t> reply;
  if (!shared->service->ServeColdPull(BytesOf(env, info[0]), &reply)) return env.Undefined();
  return {env, BytesValue(env, reply)};
}

/// (physicalOffset) -> record | undefined
Napi::Value LookMessage(const Napi::CallbackInfo& info, SharedStore* shared) {
  const Napi::Env env = info.Env();
  const auto open = Enter(env, shared);
  if (!open) return env.Undefined();
  std::vector<uint8_t> record;
  if (!shared->store->LookMessage(Int64Of(env, info[0]), &record)) return env.Undefined();
  return {env, BytesValue(env, record)};
}

/// (topic, key, maxCount, beginMs, endMs) -> Float64Array: lastUpdateMs, lastOffset, offsets…
Napi::Value QueryIndex(const Napi::CallbackInfo& info, SharedStore* shared) {
  const Napi::Env env = info.Env();
  const auto open = Enter(env, shared);
  if (!open) return env.Undefined();
  const store::IndexQueryResult found =
      shared->store->QueryIndex(TextOf(env, info[0]), TextOf(env, info[1]), Int32Of(env, info[2]),
                                Int64Of(env, info[3]), Int64Of(env, info[4]));
  auto result = Napi::Float64Array::New(env, found.offsets.size() + 2);
  result[0] = static_cast<double>(found.last_update_ms);
  result[1] = static_cast<double>(found.last_offset);
  std::transform(found.offsets.begin(), found.offsets.end(), result.Data() + 2,
                 [](store::PhysicalOffset offset) { return static_cast<double>(offset); });
  return result;
}

}  // namespace apogee::napi
