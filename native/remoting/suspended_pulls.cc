// SPDX-License-Identifier: Apache-2.0
#include "remoting/suspended_pulls.h"

#include <algorithm>

namespace apogee::remoting {

SuspendedPulls::SuspendedPulls() { wheel_.fill(kNoPull); }

int32_t SuspendedPulls::TakeSlot() {
  if (free_.empty()) {
    slots_.emplace_back();
    return static_cast<int32_t>(slots_.size()) - 1;
  }
  const int32_t number = free_.back();
  free_.pop_back();
  return number;
}

SuspendedPulls::QueueList& SuspendedPulls::ListOf(store::Queue* queue) {
  auto* list = static_cast<QueueList*>(store::QueueUserData(queue));
  if (list == nullptr) {
    lists_.push_back(std::make_unique<QueueList>());
    list = lists_.back().get();
    store::SetQueueUserData(queue, list);
  }
  return *list;
}

void SuspendedPulls::LinkFirst(int32_t* head, int32_t number, Links Slot_::* links) {
  (Slot(number).*links) = {kNoPull, *head};
  if (*head != kNoPull) (Slot(*head).*links).previous = number;
  *head = number;
}

void SuspendedPulls::Unlink(int32_t* head, int32_t number, Links Slot_::* links) {
  const Links around = Slot(number).*links;
  if (around.previous == kNoPull) {
    *head = around.next;
  } else {
    (Slot(around.previous).*links).next = around.next;
  }
  if (around.next != kNoPull) (Slot(around.next).*links).previous = around.previous;
}

void SuspendedPulls::Add(SuspendedPull pull, Session* session, int64_t now_ms) {
  const int32_t number = TakeSlot();
  QueueList& list = ListOf(pull.queue);
  Slot(number).pull = std::move(pull);
  LinkFirst(&session->first_pull, number, &Slot_::session_links);
  // Queue lists are first come, first served.
  Slot(number).queue_links = {list.last, kNoPull};
  if (list.last == kNoPull) {
    list.first = number;
  } else {
    Slot(list.last).queue_links.next = number;
  }
  list.last = number;
  Slot(number).wheel_bucket = -1;
  count_ += 1;
  Schedule(number, now_ms);
}

void SuspendedPulls::Remove(int32_t number, Session* session) {
  Slot_& slot = Slot(number);
  QueueList& list = ListOf(slot.pull.queue);
  if (list.last == number) list.last = slot.queue_links.previous;
  Unlink(&list.first, number, &Slot_::queue_links);
  Unlink(&session->first_pull, number, &Slot_::session_links);
  Unlink(&wheel_[static_cast<size_t>(slot.wheel_bucket)], number, &Slot_::wheel_links);
  slot.pull.codes = {};
  free_.push_back(number);
  count_ -= 1;
}

int32_t SuspendedPulls::FirstOf(const store::Queue* queue) const {
  const auto* list = static_cast<const QueueList*>(store::QueueUserData(queue));
  return list == nullptr ? kNoPull : list->first;
}

void SuspendedPulls::MarkArrived(store::Queue* queue) {
  auto* list = static_cast<QueueList*>(store::QueueUserData(queue));
  if (list == nullptr || list->first == kNoPull || list->arrived) return;
  list->arrived = true;
  arrived_.push_back(queue);
}

void SuspendedPulls::ForgetArrived(store::Queue* queue) { ListOf(queue).arrived = false; }

void SuspendedPulls::Schedule(int32_t number, int64_t now_ms) {
  Slot_& slot = Slot(number);
  slot.look_at_ms = std::min(slot.pull.deadline_ms, now_ms + kSweepIntervalMs);
  if (wheel_tick_ < 0) wheel_tick_ = now_ms / kWheelTickMs;
  // Never early; a time that has passed is met at the next move of the wheel.
  const int64_t look_at_tick = (slot.look_at_ms + kWheelTickMs - 1) / kWheelTickMs;
  const int64_t tick = std::max(look_at_tick, wheel_tick_ + 1);
  if (slot.wheel_bucket >= 0) {
    Unlink(&wheel_[static_cast<size_t>(slot.wheel_bucket)], number, &Slot_::wheel_links);
  }
  slot.wheel_bucket = static_cast<int32_t>(tick % static_cast<int64_t>(kWheelBuckets));
  LinkFirst(&wheel_[static_cast<size_t>(slot.wheel_bucket)], number, &Slot_::wheel_links);
}

void SuspendedPulls::CollectDue(int64_t now_ms, std::vector<int32_t>* due) {
  const int64_t now_tick = now_ms / kWheelTickMs;
  if (wheel_tick_ < 0) wheel_tick_ = now_tick;
  const int64_t turns = std::min<int64_t>(now_tick - wheel_tick_, kWheelBuckets);
  for (int64_t i = 1; i <= turns; i++) {
    const int64_t tick = now_tick - turns + i;
    const auto bucket = static_cast<size_t>(tick % static_cast<int64_t>(kWheelBuckets));
    for (int32_t at = wheel_[bucket]; at != kNoPull; at = Slot(at).wheel_links.next) {
      if (Slot(at).look_at_ms <= now_ms) due->push_back(at);
    }
  }
  if (now_tick > wheel_tick_) wheel_tick_ = now_tick;
}

void SuspendedPulls::Rewind(int64_t now_ms, std::vector<int32_t>* all) {
  for (const int32_t first : wheel_) {
    for (int32_t at = first; at != kNoPull; at = Slot(at).wheel_links.next) all->push_back(at);
  }
  wheel_tick_ = now_ms / kWheelTickMs;
}

}  // namespace apogee::remoting
