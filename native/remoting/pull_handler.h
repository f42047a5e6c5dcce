// SPDX-License-Identifier: Apache-2.0
/// PULL_MESSAGE (11), LITE_PULL_MESSAGE (361) and UPDATE_CONSUMER_OFFSET (15). A pull that finds
/// nothing may wait here and is answered when its queue grows or its time is over.
/// Source: PullMessageProcessor, ConsumerManageProcessor, PullRequestHoldService.
#pragma once

#include <cstdint>
#include <vector>

#include "remoting/call_output.h"
#include "remoting/offset_table.h"
#include "remoting/pull_reader.h"
#include "remoting/pull_request.h"
#include "remoting/request.h"
#include "remoting/suspended_pulls.h"
#include "remoting/tables.h"

namespace apogee::remoting {

/// Fills `pull` when every condition of a native pull is met. `long_poll_ms`: how long it may wait,
/// or -1. Any thread, under the tables' mutex where that is not the I/O thread.
bool CheckPull(const Tables& tables, int32_t code, const PullRequest& request, SuspendedPull* pull,
               int64_t* long_poll_ms);

class PullHandler {
 public:
  /// All of these outlive the handler.
  PullHandler(store::MessageStore* store, Tables* tables, OffsetTable* offsets, CallOutput* out,
              SessionTable* sessions);

  Served Pull(const Request& request);
  Served CommitOffset(const Request& request);

  /// Answers waiting pulls of queues that grew: those of `own` first, so that they follow its other
  /// replies, or none when `own` is nullptr.
  void WakeOwn(Session* own);
  /// Answers those of the others. False when room ran out: the rest stays noted.
  bool WakeOthers();
  /// Answers pulls whose time is over or whose queue grew without a match.
  void Expire(int64_t now_ms);
  void DropSession(Session* session);
  void SetSlaveReadEnable(bool enable) { reader_.set_slave_read_enable(enable); }

  void OnArrival(store::Queue* queue) { pulls_.MarkArrived(queue); }
  bool HasArrivals() { return !pulls_.arrived().empty(); }
  int32_t suspended() const { return pulls_.count(); }
  /// Bytes of the slab that one answer may take.
  size_t max_reply() const { return max_reply_; }

 private:
  void Suspend(const Request& request, SuspendedPull pull, int64_t long_poll_ms);
  bool HasRoom() const { return out_->room() >= max_reply_ && out_->HasOtherRoom(); }
  /// Answers a waiting pull if there is something for it. False: it goes on waiting.
  bool TryAnswer(SuspendedPull* pull);
  /// Answers a waiting pull with whatever there is.
  void AnswerNow(SuspendedPull* pull);
  /// Visits the pulls of a queue, of one session or of all but none; false when room ran out.
  bool WakeQueue(store::Queue* queue, const Session* only);

  store::MessageStore* const store_;
  Tables* const tables_;
  OffsetTable* const offsets_;
  CallOutput* const out_;
  SessionTable* const sessions_;
  PullReader reader_;
  SuspendedPulls pulls_;
  SuspendedPull asked_;
  std::vector<int32_t> due_;
  int64_t last_expiry_ms_ = 0;
  const size_t max_reply_;
};

}  // namespace apogee::remoting
