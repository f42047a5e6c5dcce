// SPDX-License-Identifier: Apache-2.0
#include "remoting/tables.h"

#include <cstring>
#include <mutex>

namespace apogee::remoting {
namespace {

using Exclusive = std::unique_lock<std::shared_mutex>;

template <typename Map>
auto* FindIn(Map& map, std::string_view key) {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : &found->second;
}

template <typename Map>
void RemoveFrom(Map& map, std::string_view key) {
  const auto found = map.find(key);
  if (found != map.end()) map.erase(found);
}

}  // namespace

TopicAtGroup::TopicAtGroup(std::string_view topic, std::string_view group) {
  if (topic.size() + 1 + group.size() > sizeof text_) return;
  std::memcpy(text_, topic.data(), topic.size());
  text_[topic.size()] = '@';
  std::memcpy(text_ + topic.size() + 1, group.data(), group.size());
  size_ = topic.size() + 1 + group.size();
}

void Tables::SetTopic(TopicEntry entry) {
  const Exclusive lock(mutex_);
  std::unique_ptr<Topic>& topic = topics_[entry.topic];
  if (topic == nullptr) topic = std::make_unique<Topic>();
  topic->entry = std::move(entry);
}

void Tables::RemoveTopic(std::string_view topic) {
  const Exclusive lock(mutex_);
  RemoveFrom(topics_, topic);
}

void Tables::SetGroup(GroupEntry entry) {
  const Exclusive lock(mutex_);
  const std::string key = entry.group;
  groups_.insert_or_assign(key, std::move(entry));
}

void Tables::RemoveGroup(std::string_view group) {
  const Exclusive lock(mutex_);
  RemoveFrom(groups_, group);
}

void Tables::SetSubscription(std::string_view group, std::string_view topic,
                             SubscriptionEntry entry) {
  const Exclusive lock(mutex_);
  const TopicAtGroup key(topic, group);
  if (key.view().empty()) return;
  subscriptions_.insert_or_assign(std::string(key.view()), std::move(entry));
}

void Tables::RemoveSubscription(std::string_view group, std::string_view topic) {
  const Exclusive lock(mutex_);
  RemoveFrom(subscriptions_, TopicAtGroup(topic, group).view());
}

void Tables::SetState(const BrokerState& state) {
  const Exclusive lock(mutex_);
  state_ = state;
}

Topic* Tables::FindTopic(std::string_view topic) {
  auto* found = FindIn(topics_, topic);
  return found == nullptr ? nullptr : found->get();
}

const Topic* Tables::FindTopic(std::string_view topic) const {
  const auto* found = FindIn(topics_, topic);
  return found == nullptr ? nullptr : found->get();
}

const GroupEntry* Tables::FindGroup(std::string_view group) const { return FindIn(groups_, group); }

const SubscriptionEntry* Tables::FindSubscription(std::string_view group,
                                                  std::string_view topic) const {
  return FindIn(subscriptions_, TopicAtGroup(topic, group).view());
}

}  // namespace apogee::remoting
