// SPDX-License-Identifier: Apache-2.0
/// Sends messages over some connections: each answer lets the next request go (closed loop), or
/// requests go on a fixed schedule whatever the answers do (open loop).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "connection.h"
#include "offset_ledger.h"
#include "options.h"
#include "outcome.h"
#include "send_request.h"

namespace apogee::bench {

class Producer final : public ReplyHandler {
 public:
  Producer(const Options& options, Outcome* outcome);

  std::string Open(Poller* poller);
  void Start(const Window& window, int64_t now_ns);
  /// Open loop: sends what is due. Returns when it wants to be called again.
  int64_t Dispatch(int64_t now_ns);
  /// Everything that was to be sent was sent and answered.
  bool Done(int64_t now_ns) const;
  /// Requests without an answer, or due and never sent.
  int64_t Unfinished(int64_t now_ns) const;
  int64_t OffsetGaps() const { return ledger_.Gaps(); }

  void OnFrame(Connection* connection, Bytes frame, int64_t now_ns) override;
  void OnClosed(Connection* connection, const std::string& why) override;

 private:
  /// A request under way.
  struct Slot {
    /// Of the last request; the next one's is `depth` higher.
    uint32_t opaque = 0;
    bool waiting = false;
    int64_t due_ns = 0;
  };

  bool MaySend(int64_t now_ns) const;
  bool Scheduled() const { return interval_ns_ > 0; }
  size_t SlotIndex(const Connection& connection, uint32_t opaque) const;
  void Send(size_t slot, int64_t due_ns);

  const Options& options_;
  Outcome* outcome_;
  SendRequest request_;
  OffsetLedger ledger_;
  Window window_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<Slot> slots_;
  /// Open loop: slots that wait for the schedule, and connections to flush.
  std::vector<size_t> free_slots_;
  double interval_ns_ = 0;
  int64_t scheduled_ = 0;
  int64_t start_ns_ = 0;
  int64_t sent_messages_ = 0;
  int64_t outstanding_ = 0;
  int next_queue_ = 0;
  /// Wall clock minus monotonic clock.
  int64_t clock_difference_ns_ = 0;
};

}  // namespace apogee::bench
