// SPDX-License-Identifier: Apache-2.0
/// One (topic, queueId): names, the next queue offset and the consume queue. Created on first use,
/// lives as long as the store.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "store/consume_queue.h"
#include "store/message_store.h"

namespace apogee::store {

class Queue {
 public:
  Queue(const ConsumeQueueConfig* config, std::string_view queue_topic, int32_t queue_id);

  const std::string topic;
  const int32_t id;
  /// False when Apache could not store or read records of this topic.
  const bool topic_legal;
  /// Records have a two-byte topic length.
  const bool topic_v2;
  /// JavaHash(topic + "#"), the beginning of every index key of this topic.
  const int32_t key_prefix_hash;
  /// SCHEDULE_TOPIC_XXXX: consume queue entries hold the time of delivery instead of a tag.
  const bool is_schedule;

  // ---- appender thread --------------------------------------------------------------------------
  QueueOffset next_offset = 0;
  /// The round of staging that touched this queue last, and the offset before it.
  uint64_t staged_round = 0;
  QueueOffset offset_before_round = 0;
  /// The dispatch round that announced this queue last.
  uint64_t arrival_round = 0;
  /// Records below this belong to a topic of the same name that was deleted.
  PhysicalOffset dispatch_from = 0;

  // ---- any thread -------------------------------------------------------------------------------
  ConsumeQueue consume_queue;
  std::atomic<void*> user_data{nullptr};
};

/// All queues. Any thread may look up; the appender adds.
class QueueTable {
 public:
  explicit QueueTable(const ConsumeQueueConfig& config) : config_(config) {}

  Queue* Find(std::string_view topic, int32_t queue_id) const;
  Queue* Resolve(std::string_view topic, int32_t queue_id);
  /// Every queue of `topic`.
  std::vector<Queue*> OfTopic(std::string_view topic) const;
  std::vector<Queue*> All() const;
  /// Creates a Queue for each directory found and loads its files. Opening only.
  Status LoadAll(bool unclean);
  const ConsumeQueueConfig& config() const { return config_; }

 private:
  struct TextHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  using ById = std::unordered_map<int32_t, std::unique_ptr<Queue>>;

  Status LoadTopic(const std::string& topic, bool unclean);

  const ConsumeQueueConfig config_;
  /// Guards topics_; Queue objects are stable and not guarded by it.
  mutable std::mutex mutex_;
  std::unordered_map<std::string, ById, TextHash, std::equal_to<>> topics_;
};

}  // namespace apogee::store
