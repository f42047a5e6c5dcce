// SPDX-License-Identifier: Apache-2.0
/// How far each group consumed each queue. Kept natively because commits come with pulls and in
/// hot requests of their own. I/O thread only. Source: ConsumerOffsetManager.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "remoting/tables.h"

namespace apogee::remoting {

class OffsetTable {
 public:
  /// -1 when the group never committed on the queue.
  int64_t Query(std::string_view group, std::string_view topic, int32_t queue_id) const;
  void Commit(std::string_view group, std::string_view topic, int32_t queue_id, int64_t offset);
  /// Removes by group and topic; an empty text stands for every one.
  void Remove(std::string_view group, std::string_view topic);
  /// Grows with every change.
  uint64_t version() const { return version_; }

  /// Calls visit(group, topic, queue_id, offset) for each entry, in no particular order.
  template <typename Visit>
  void ForEach(Visit visit) const {
    for (const auto& [key, progress] : table_) {
      for (const auto& [queue_id, offset] : progress.queues) {
        visit(progress.group, progress.topic, queue_id, offset);
      }
    }
  }

 private:
  struct Progress {
    std::string group;
    std::string topic;
    /// Sorted by queue id.
    std::vector<std::pair<int32_t, int64_t>> queues;
  };

  TextMap<Progress> table_;
  uint64_t version_ = 0;
};

}  // namespace apogee::remoting
