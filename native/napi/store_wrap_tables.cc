// SPDX-License-Identifier: Apache-2.0
#include "napi/arguments.h"
#include "napi/store_wrap.h"
#include "remoting/unique_key.h"

namespace apogee::napi {

/// (clusterName, regionId, traceOn, storeAddress, storePort, uniqKeyPrefix)
void StoreWrap::SetIdentity(Info info) {
  const Napi::Env env = info.Env();
  if (!IsOpen(env)) return;
  remoting::BrokerIdentity identity;
  identity.properties.cluster.Set("CLUSTER", TextOf(env, info[0]));
  identity.properties.region.Set("MSG_REGION", TextOf(env, info[1]));
  identity.properties.trace.Set("TRACE_ON", BoolOf(env, info[2]) ? "true" : "false");
  identity.store_host = HostOf(env, info[3], info[4]);
  identity.message_id_prefix = remoting::MessageIdPrefix(identity.store_host);
  service().SetIdentity(std::move(identity), TextOf(env, info[5]));
}

/// (writable, readable, litePull, longPolling, shortPollingTimeMills, slaveRead, pullExecution)
void StoreWrap::SetBrokerState(Info info) {
  const Napi::Env env = info.Env();
  if (!IsOpen(env)) return;
  remoting::BrokerState state;
  state.writable = BoolOf(env, info[0]);
  state.readable = BoolOf(env, info[1]);
  state.lite_pull_message_enable = BoolOf(env, info[2]);
  state.long_polling_enable = BoolOf(env, info[3]);
  state.short_polling_time_ms = Int64Of(env, info[4]);
  state.slave_read_enable = BoolOf(env, info[5]);
  const std::string execution = TextOf(env, info[6]);
  state.pull_execution = execution == "pool"     ? remoting::PullExecution::kPool
                         : execution == "inline" ? remoting::PullExecution::kInline
                                                 : remoting::PullExecution::kAuto;
  service().SetState(state);
}

/// (topic, readQueueNums, writeQueueNums, perm, topicSysFlag, multiTag, hotSend)
void StoreWrap::SetTopic(Info info) {
  const Napi::Env env = info.Env();
  if (!IsOpen(env)) return;
  remoting::TopicEntry entry;
  entry.topic = TextOf(env, info[0]);
  entry.read_queue_nums = Int32Of(env, info[1]);
  entry.write_queue_nums = Int32Of(env, info[2]);
  entry.perm = Int32Of(env, info[3]);
  entry.topic_sys_flag = Int32Of(env, info[4]);
  entry.multi_tag = BoolOf(env, info[5]);
  entry.hot_send = BoolOf(env, info[6]);
  service().tables().SetTopic(std::move(entry));
}

void StoreWrap::RemoveTopic(Info info) {
  if (IsOpen(info.Env())) service().tables().RemoveTopic(TextOf(info.Env(), info[0]));
}

void StoreWrap::DestroyTopicQueues(Info info) {
  if (IsOpen(info.Env())) store().DestroyTopicQueues(TextOf(info.Env(), info[0]));
}

/// (group, consumeEnable, groupSysFlag, hotPull)
void StoreWrap::SetGroup(Info info) {
  const Napi::Env env = info.Env();
  if (!IsOpen(env)) return;
  service().tables().SetGroup(
      {TextOf(env, info[0]), BoolOf(env, info[1]), Int32Of(env, info[2]), BoolOf(env, info[3])});
}

void StoreWrap::RemoveGroup(Info info) {
  if (IsOpen(info.Env())) service().tables().RemoveGroup(TextOf(info.Env(), info[0]));
}

/// (group, topic, subVersion: bigint, codes: Int32Array | undefined)
void StoreWrap::SetSubscription(Info info) {
  const Napi::Env env = info.Env();
  if (!IsOpen(env)) return;
  remoting::SubscriptionEntry entry;
  bool lossless = false;
  if (info[2].IsBigInt()) entry.sub_version = info[2].As<Napi::BigInt>().Int64Value(&lossless);
  if (info[3].IsTypedArray()) {
    const std::span<int32_t> codes = ArrayOf<int32_t>(env, info[3], napi_int32_array);
    entry.codes.emplace(codes.begin(), codes.end());
  }
  service().tables().SetSubscription(TextOf(env, info[0]), TextOf(env, info[1]), std::move(entry));
}

void StoreWrap::RemoveSubscription(Info info) {
  const Napi::Env env = info.Env();
  if (!IsOpen(env)) return;
  service().tables().RemoveSubscription(TextOf(env, info[0]), TextOf(env, info[1]));
}

/// (group, topic, queueId) -> offset
Napi::Value StoreWrap::QueryOffset(Info info) {
  const Napi::Env env = info.Env();
  if (!IsOpen(env)) return env.Undefined();
  const int64_t offset =
      service().offsets().Query(TextOf(env, info[0]), TextOf(env, info[1]), Int32Of(env, info[2]));
  return Napi::Number::New(env, static_cast<double>(offset));
}

/// (group, topic, queueId, offset)
void StoreWrap::CommitOffset(Info info) {
  const Napi::Env env = info.Env();
  if (!IsOpen(env)) return;
  service().offsets().Commit(TextOf(env, info[0]), TextOf(env, info[1]), Int32Of(env, info[2]),
                             Int64Of(env, info[3]));
}

void StoreWrap::RemoveOffsets(Info info) {
  const Napi::Env env = info.Env();
  if (!IsOpen(env)) return;
  service().offsets().Remove(TextOf(env, info[0]), TextOf(env, info[1]));
}

/// () -> flat array: group, topic, queueId, offset, group, …
Napi::Value StoreWrap::ExportOffsets(Info info) {
  const Napi::Env env = info.Env();
  if (!IsOpen(env)) return env.Undefined();
  const Napi::Array flat = Napi::Array::New(env);
  uint32_t at = 0;
  service().offsets().ForEach(
      [&](const std::string& group, const std::string& topic, int32_t queue_id, int64_t offset) {
        const Napi::HandleScope scope(env);
        flat.Set(at, Napi::String::New(env, group));
        flat.Set(at + 1, Napi::String::New(env, topic));
        flat.Set(at + 2, Napi::Number::New(env, queue_id));
        flat.Set(at + 3, Napi::Number::New(env, static_cast<double>(offset)));
        at += 4;
      });
  return flat;
}

Napi::Value StoreWrap::OffsetVersion(Info info) {
  const Napi::Env env = info.Env();
  if (!IsOpen(env)) return env.Undefined();
  return Napi::Number::New(env, static_cast<double>(service().offsets().version()));
}

}  // namespace apogee::napi
