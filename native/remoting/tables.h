// SPDX-License-Identifier: Apache-2.0
/// What the broker compiled for native code: topics, groups, subscriptions, its own state. The I/O
/// thread changes them; pool threads read them under a shared lock.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "remoting/stored_properties.h"
#include "store/message_store.h"

namespace apogee::remoting {

inline constexpr int32_t kPermRead = 4;

struct TopicEntry {
  std::string topic;
  int32_t read_queue_nums = 0;
  int32_t write_queue_nums = 0;
  int32_t perm = 0;
  int32_t topic_sys_flag = 0;
  bool multi_tag = false;
  bool hot_send = false;
};

/// A topic and what serving it needs. I/O thread only, but for `entry`.
struct Topic {
  TopicEntry entry;
  /// By queue id, resolved on first use.
  std::vector<store::Queue*> queues;
  uint32_t next_queue = 0;

  /// One past the largest queue id the topic has.
  int32_t queue_count() const {
    return entry.read_queue_nums > entry.write_queue_nums ? entry.read_queue_nums
                                                          : entry.write_queue_nums;
  }
};

struct GroupEntry {
  std::string group;
  bool consume_enable = false;
  int32_t group_sys_flag = 0;
  bool hot_pull = false;
};

struct SubscriptionEntry {
  int64_t sub_version = 0;
  /// Nothing: not a TAG expression. Empty: every message.
  std::optional<std::vector<int32_t>> codes;
};

enum class PullExecution : uint8_t { kAuto, kPool, kInline };

struct BrokerState {
  bool writable = false;
  bool readable = false;
  bool lite_pull_message_enable = true;
  bool long_polling_enable = true;
  int64_t short_polling_time_ms = 1000;
  bool slave_read_enable = false;
  PullExecution pull_execution = PullExecution::kAuto;
};

struct BrokerIdentity {
  BrokerProperties properties;
  store::HostAddress store_host;
  /// Front of every offsetMsgId.
  std::string message_id_prefix;
};

/// Lets a map of strings be asked with views.
struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};
template <typename Value>
using TextMap = std::unordered_map<std::string, Value, TextHash, std::equal_to<>>;

/// `topic@group`: the key Apache uses; neither name may hold an @.
class TopicAtGroup {
 public:
  TopicAtGroup(std::string_view topic, std::string_view group);
  std::string_view view() const { return {text_, size_}; }

 private:
  // Names are at most 255 bytes in requests that are served; longer ones are never found.
  char text_[520];
  size_t size_ = 0;
};

class Tables {
 public:
  void SetTopic(TopicEntry entry);
  void RemoveTopic(std::string_view topic);
  void SetGroup(GroupEntry entry);
  void RemoveGroup(std::string_view group);
  void SetSubscription(std::string_view group, std::string_view topic, SubscriptionEntry entry);
  void RemoveSubscription(std::string_view group, std::string_view topic);
  void SetState(const BrokerState& state);

  /// nullptr when unknown. On threads other than the I/O thread, under mutex().
  Topic* FindTopic(std::string_view topic);
  const Topic* FindTopic(std::string_view topic) const;
  const GroupEntry* FindGroup(std::string_view group) const;
  const SubscriptionEntry* FindSubscription(std::string_view group, std::string_view topic) const;
  const BrokerState& state() const { return state_; }

  std::shared_mutex& mutex() const { return mutex_; }

 private:
  mutable std::shared_mutex mutex_;
  TextMap<std::unique_ptr<Topic>> topics_;
  TextMap<GroupEntry> groups_;
  TextMap<SubscriptionEntry> subscriptions_;
  BrokerState state_;
};

}  // namespace apogee::remoting
