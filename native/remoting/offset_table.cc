// SPDX-License-Identifier: Apache-2.0
#include "remoting/offset_table.h"

#include <algorithm>

namespace apogee::remoting {
namespace {

/// Where `queue_id` is, or belongs, in a sorted list.
template <typename Queues>
auto PlaceOf(Queues& queues, int32_t queue_id) {
  return std::lower_bound(queues.begin(), queues.end(), queue_id,
                          [](const auto& entry, int32_t id) { return entry.first < id; });
}

}  // namespace

int64_t OffsetTable::Query(std::string_view group, std::string_view topic, int32_t queue_id) const {
  const auto found = table_.find(TopicAtGroup(topic, group).view());
  if (found == table_.end()) return -1;
  const auto& queues = found->second.queues;
  const auto place = PlaceOf(queues, queue_id);
  return place == queues.end() || place->first != queue_id ? -1 : place->second;
}

void OffsetTable::Commit(std::string_view group, std::string_view topic, int32_t queue_id,
                         int64_t offset) {
  const TopicAtGroup key(topic, group);
  if (key.view().empty()) return;
  auto found = table_.find(key.view());
  if (found == table_.end()) {
    found = table_.emplace(std::string(key.view()), Progress{}).first;
    found->second.group = group;
    found->second.topic = topic;
  }
  auto& queues = found->second.queues;
  const auto place = PlaceOf(queues, queue_id);
  if (place != queues.end() && place->first == queue_id) {
    place->second = offset;
  } else {
    queues.insert(place, {queue_id, offset});
  }
  version_ += 1;
}

void OffsetTable::Remove(std::string_view group, std::string_view topic) {
  const auto removed = std::erase_if(table_, [group, topic](const auto& item) {
    const Progress& progress = item.second;
    return (group.empty() || progress.group == group) && (topic.empty() || progress.topic == topic);
  });
  if (removed > 0) version_ += 1;
}

}  // namespace apogee::remoting
