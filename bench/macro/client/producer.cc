// SPDX-License-Identifier: Apache-2.0
#include "producer.h"

#include <algorithm>
#include <limits>

#include "clock.h"
#include "header_builder.h"
#include "reply.h"

namespace apogee::bench {

Producer::Producer(const Options& options, Outcome* outcome)
    : options_(options),
      outcome_(outcome),
      request_(options),
      ledger_(options.queues),
      slots_(static_cast<size_t>(options.connections) * static_cast<size_t>(options.depth)),
      clock_difference_ns_(WallClockNs() - MonotonicNs()) {
  if (options.rate > 0) {
    interval_ns_ = static_cast<double>(kNanosPerSecond) * options.batch / options.rate;
  }
}

std::string Producer::Open(Poller* poller) {
  for (int i = 0; i < options_.connections; ++i) {
    connections_.push_back(std::make_unique<Connection>(static_cast<size_t>(i), this, poller));
    const std::string error = connections_.back()->Open(options_.host, options_.port);
    if (!error.empty()) return error;
  }
  return {};
}

void Producer::Start(const Window& window, int64_t now_ns) {
  window_ = window;
  start_ns_ = now_ns;
  // The last slot of each connection comes last, so that a slow schedule uses all connections.
  const auto depth = static_cast<size_t>(options_.depth);
  for (size_t turn = depth; turn-- > 0;) {
    for (size_t i = connections_.size(); i-- > 0;) free_slots_.push_back(i * depth + turn);
  }
  if (Scheduled()) return;
  while (!free_slots_.empty() && MaySend(now_ns)) {
    Send(free_slots_.back(), now_ns);
    free_slots_.pop_back();
  }
  for (const auto& connection : connections_) connection->Flush();
}

bool Producer::MaySend(int64_t now_ns) const {
  return now_ns < window_.end_ns &&
         (options_.max_messages == 0 || sent_messages_ < options_.max_messages);
}

int64_t Producer::Dispatch(int64_t now_ns) {
  constexpr int64_t kNever = std::numeric_limits<int64_t>::max();
  if (!Scheduled()) return kNever;
  while (true) {
    const int64_t due_ns =
        start_ns_ + static_cast<int64_t>(static_cast<double>(scheduled_) * interval_ns_);
    if (!MaySend(due_ns)) return kNever;
    if (due_ns > now_ns) return due_ns;
    if (free_slots_.empty()) return kNever;  // the next answer brings us here again
    const size_t slot = free_slots_.back();
    free_slots_.pop_back();
    ++scheduled_;
    Send(slot, due_ns);
    connections_[slot / static_cast<size_t>(options_.depth)]->Flush();
  }
}

bool Producer::Done(int64_t now_ns) const {
  if (outstanding_ > 0) return false;
  return !Scheduled() ? !MaySend(now_ns) : Unfinished(now_ns) == 0 && now_ns >= window_.end_ns;
}

int64_t Producer::Unfinished(int64_t now_ns) const {
  if (!Scheduled()) return outstanding_;
  const auto until_ns = static_cast<double>(std::min(now_ns, window_.end_ns) - start_ns_);
  return outstanding_ +
         std::max<int64_t>(0, static_cast<int64_t>(until_ns / interval_ns_) - scheduled_);
}

size_t Producer::SlotIndex(const Connection& connection, uint32_t opaque) const {
  const auto depth = static_cast<size_t>(options_.depth);
  return connection.index() * depth + (opaque - kFirstOpaque) % depth;
}

void Producer::Send(size_t slot, int64_t due_ns) {
  const auto depth = static_cast<uint32_t>(options_.depth);
  Slot& entry = slots_[slot];
  // A slot's opaques go up in steps of depth, so that a late answer is not taken for another's.
  const bool fresh = entry.opaque == 0 || entry.opaque > kLastOpaque - depth;
  const auto first = kFirstOpaque + static_cast<uint32_t>(slot % depth);
  entry = {fresh ? first : entry.opaque + depth, true, due_ns};
  const int64_t born_ms = (due_ns + clock_difference_ns_) / kNanosPerMilli;
  request_.Append(entry.opaque, next_queue_, born_ms, due_ns, connections_[slot / depth]->output());
  next_queue_ = next_queue_ + 1 == options_.queues ? 0 : next_queue_ + 1;
  sent_messages_ += options_.batch;
  ++outstanding_;
}

void Producer::OnFrame(Connection* connection, Bytes frame, int64_t now_ns) {
  const std::optional<Reply> reply = ParseReply(frame);
  if (!reply.has_value()) return outcome_->Fault("an answer's header cannot be read");
  const size_t slot = SlotIndex(*connection, reply->opaque);
  Slot& entry = slots_[slot];
  if (reply->opaque < kFirstOpaque || entry.opaque != reply->opaque || !entry.waiting) {
    return outcome_->Fault("an answer with opaque " + std::to_string(reply->opaque) +
                           " that no request waits for");
  }
  entry.waiting = false;
  --outstanding_;
  if (reply->code == 0) {
    const std::string wrong =
        ledger_.Acknowledge(reply->queue_id, reply->queue_offset, options_.batch);
    if (!wrong.empty()) outcome_->Fault(wrong);
    outcome_->Count(window_, options_.batch, entry.due_ns, now_ns);
  } else {
    outcome_->CountCode(reply->code);
  }
  if (Scheduled())
    free_slots_.push_back(slot);
  else if (MaySend(now_ns))
    Send(slot, now_ns);
}

void Producer::OnClosed(Connection* connection, const std::string& why) {
  outcome_->Fault("connection " + std::to_string(connection->index()) + ": " + why);
}

}  // namespace apogee::bench
