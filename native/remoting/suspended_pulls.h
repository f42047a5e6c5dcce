// SPDX-License-Identifier: Apache-2.0
/// Pulls that wait for messages: by queue, by session and by time. I/O thread only.
/// Source: PullRequestHoldService; spec remoting §2.4 "Long polling".
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "remoting/reply_writer.h"
#include "remoting/session.h"
#include "store/message_store.h"

namespace apogee::remoting {

/// Pulls held at once per store; one more is answered at once.
inline constexpr int32_t kMaxSuspendedPulls = 200'000;
/// A held pull whose queue grew is answered this often even if nothing matched its filter, so that
/// its consumer moves on.
inline constexpr int64_t kSweepIntervalMs = 5000;

/// What it takes to serve a pull again.
struct SuspendedPull {
  store::Queue* queue = nullptr;
  /// As asked, and how far the filter has looked since.
  store::QueueOffset offset = 0;
  store::QueueOffset scanned_to = 0;
  int64_t deadline_ms = 0;
  int32_t session = 0;
  ReplyTo request;
  int32_t max_messages = 0;
  int32_t topic_sys_flag = 0;
  int32_t group_sys_flag = 0;
  std::vector<int32_t> codes;
};

/// Pulls have numbers, stable while they wait.
class SuspendedPulls {
 public:
  SuspendedPulls();

  bool full() const { return count_ >= kMaxSuspendedPulls; }
  int32_t count() const { return count_; }
  /// `session` holds the list the pull joins.
  void Add(SuspendedPull pull, Session* session, int64_t now_ms);
  void Remove(int32_t number, Session* session);
  SuspendedPull& Get(int32_t number) { return slots_[static_cast<size_t>(number)].pull; }

  /// First pull of a queue and the one after another; kNoPull ends the list.
  int32_t FirstOf(const store::Queue* queue) const;
  int32_t NextOfQueue(int32_t number) const { return Slot(number).queue_links.next; }
  bool HasPulls(const store::Queue* queue) const { return FirstOf(queue) != kNoPull; }

  /// Marks a queue as having new messages. Queues without pulls are not noted.
  void MarkArrived(store::Queue* queue);
  std::vector<store::Queue*>& arrived() { return arrived_; }
  void ForgetArrived(store::Queue* queue);

  /// Moves the wheel to `now_ms` and appends the pulls whose time has come, for a look, to `due`.
  void CollectDue(int64_t now_ms, std::vector<int32_t>* due);
  /// The clock was set back to `now_ms`: every deadline lost its meaning. Appends all pulls.
  void Rewind(int64_t now_ms, std::vector<int32_t>* all);
  /// Sets when the pull is looked at next.
  void Schedule(int32_t number, int64_t now_ms);

 private:
  struct Links {
    int32_t previous = kNoPull;
    int32_t next = kNoPull;
  };
  struct Slot_ {
    SuspendedPull pull;
    int64_t look_at_ms = 0;
    int32_t wheel_bucket = -1;
    Links queue_links;
    Links session_links;
    Links wheel_links;
  };
  struct QueueList {
    int32_t first = kNoPull;
    int32_t last = kNoPull;
    bool arrived = false;
  };
  /// 512 buckets of 64 ms: one turn takes 33 s, longer waits pass by and stay.
  static constexpr size_t kWheelBuckets = 512;
  static constexpr int64_t kWheelTickMs = 64;

  Slot_& Slot(int32_t number) { return slots_[static_cast<size_t>(number)]; }
  const Slot_& Slot(int32_t number) const { return slots_[static_cast<size_t>(number)]; }
  int32_t TakeSlot();
  QueueList& ListOf(store::Queue* queue);
  void Unlink(int32_t* head, int32_t number, Links Slot_::* links);
  void LinkFirst(int32_t* head, int32_t number, Links Slot_::* links);

  std::vector<Slot_> slots_;
  std::vector<int32_t> free_;
  std::vector<std::unique_ptr<QueueList>> lists_;
  std::vector<store::Queue*> arrived_;
  std::array<int32_t, kWheelBuckets> wheel_;
  int64_t wheel_tick_ = -1;
  int32_t count_ = 0;
};

}  // namespace apogee::remoting
