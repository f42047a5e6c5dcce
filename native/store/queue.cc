// SPDX-License-Identifier: Apache-2.0
#include "store/queue.h"

#include <charconv>

#include "store/java_hash.h"
#include "store/layout.h"

namespace apogee::store {
namespace {

constexpr std::string_view kRetryPrefix = "%RETRY%";
constexpr std::string_view kScheduleTopic = "SCHEDULE_TOPIC_XXXX";

bool NeedsV2(std::string_view topic) { return Utf16Length(topic) > kMaxTopicSize; }

/// A topic whose name is longer in bytes than V1 can hold but not in UTF-16 units would be written
/// as V1 by Apache and could not be read back.
bool IsLegal(std::string_view topic) {
  if (topic.empty() || topic.find('/') != std::string_view::npos) return false;
  if (topic == "." || topic == ".." || topic.find('\0') != std::string_view::npos) return false;
  const bool retry = topic.starts_with(kRetryPrefix);
  const auto limit = static_cast<size_t>(retry ? kMaxRetryTopicSize : kMaxTopicSize);
  if (topic.size() > limit) return false;
  return topic.size() <= static_cast<size_t>(kMaxTopicSize) || NeedsV2(topic);
}

}  // namespace

Queue::Queue(const ConsumeQueueConfig* config, std::string_view queue_topic, int32_t queue_id)
    : topic(queue_topic),
      id(queue_id),
      topic_legal(IsLegal(queue_topic) && queue_id >= 0),
      topic_v2(NeedsV2(queue_topic)),
      key_prefix_hash(JavaHash("#", JavaHash(queue_topic))),
      is_schedule(queue_topic == kScheduleTopic),
      consume_queue(config, queue_topic, queue_id) {}

Queue* QueueTable::Find(std::string_view topic, int32_t queue_id) const {
  std::lock_guard lock(mutex_);
  const auto queues = topics_.find(topic);
  if (queues == topics_.end()) return nullptr;
  const auto queue = queues->second.find(queue_id);
  return queue == queues->second.end() ? nullptr : queue->second.get();
}

Queue* QueueTable::Resolve(std::string_view topic, int32_t queue_id) {
  std::lock_guard lock(mutex_);
  auto queues = topics_.find(topic);
  if (queues == topics_.end()) queues = topics_.emplace(std::string(topic), ById()).first;
  std::unique_ptr<Queue>& queue = queues->second[queue_id];
  if (queue == nullptr) queue = std::make_unique<Queue>(&config_, topic, queue_id);
  return queue.get();
}

std::vector<Queue*> QueueTable::OfTopic(std::string_view topic) const {
  std::vector<Queue*> list;
  std::lock_guard lock(mutex_);
  const auto queues = topics_.find(topic);
  if (queues == topics_.end()) return list;
  for (const auto& [id, queue] : queues->second) list.push_back(queue.get());
  return list;
}

std::vector<Queue*> QueueTable::All() const {
  std::vector<Queue*> list;
  std::lock_guard lock(mutex_);
  for (const auto& [topic, queues] : topics_) {
    for (const auto& [id, queue] : queues) list.push_back(queue.get());
  }
  return list;
}

Status QueueTable::LoadAll(bool unclean) {
  Result<std::vector<DirEntry>> topics = config_.io->List(config_.root);
  if (!topics.ok()) return topics.status();
  for (const DirEntry& topic : topics.value()) {
    if (!topic.is_directory) continue;
    if (Status status = LoadTopic(topic.name, unclean); !status.ok()) return status;
  }
  return Status::Ok();
}

Status QueueTable::LoadTopic(const std::string& topic, bool unclean) {
  Result<std::vector<DirEntry>> ids = config_.io->List(config_.root + "/" + topic);
  if (!ids.ok()) return ids.status();
  for (const DirEntry& entry : ids.value()) {
    int32_t id = 0;
    const char* const end = entry.name.data() + entry.name.size();
    const auto [at, error] = std::from_chars(entry.name.data(), end, id);
    // Apache skips directories whose name is not a number, and so do we.
    if (!entry.is_directory || error != std::errc() || at != end) continue;
    Queue* const queue = Resolve(topic, id);
    if (Status status = queue->consume_queue.Load(unclean); !status.ok()) return status;
  }
  return Status::Ok();
}

std::string_view QueueTopic(const Queue* queue) { return queue->topic; }
int32_t QueueId(const Queue* queue) { return queue->id; }
void* QueueUserData(const Queue* queue) { return queue->user_data.load(std::memory_order_acquire); }
void SetQueueUserData(Queue* queue, void* data) {
  queue->user_data.store(data, std::memory_order_release);
}

}  // namespace apogee::store
