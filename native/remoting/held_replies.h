// SPDX-License-Identifier: Apache-2.0
/// SYNC_FLUSH: answers to sends and puts that wait until their records are durable. I/O thread
/// only. Entries are in the order of the log.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "remoting/call_output.h"
#include "remoting/reply_writer.h"
#include "remoting/session.h"
#include "store/message_store.h"

namespace apogee::remoting {

struct HeldReply {
  ReplyTo request;
  size_t size = 0;
};

/// The answers of one session that one commit held back.
struct HeldGroup {
  int32_t session = 0;
  uint32_t generation = 0;
  /// Durable up to here means that all of the group is.
  store::PhysicalOffset end_offset = 0;
  int64_t deadline_ms = 0;
  std::vector<uint8_t> bytes;
  std::vector<HeldReply> replies;
};

/// A put by a processor that waits. Numbers are given by the caller.
struct HeldPut {
  int64_t ticket = 0;
  store::PhysicalOffset end_offset = 0;
  int64_t deadline_ms = 0;
};

enum class PutFate : uint8_t { kDurable, kFlushTimeout, kFailed };
struct PutCompletion {
  int64_t ticket = 0;
  PutFate fate = PutFate::kDurable;
};

/// What decides whether something may go.
struct FlushProgress {
  store::PhysicalOffset durable = 0;
  int64_t now_ms = 0;
  /// The log has failed: what is not durable now never will be.
  bool failed = false;
};

class HeldReplies {
 public:
  void Hold(HeldGroup group) {
    end_offset_ = group.end_offset;
    groups_.push_back(std::move(group));
  }
  void HoldPut(HeldPut put) {
    end_offset_ = put.end_offset;
    puts_.push_back(put);
  }
  /// Where the last message ends that was ever held for.
  store::PhysicalOffset end_offset() const { return end_offset_; }

  /// Writes the answers that may go to `out` as ranges of their sessions. `error` answers those
  /// that failed. Result: false when room ran out first.
  bool Release(const FlushProgress& progress, const ErrorReply& error, SessionTable* sessions,
               CallOutput* out);
  void ReleasePuts(const FlushProgress& progress, std::vector<PutCompletion>* completions);
  /// The clock was set back: nothing times out for another `timeout_ms`.
  void Rewind(int64_t now_ms, int64_t timeout_ms);

 private:
  /// Writes one group; false when room ran out, the rest of the group stays.
  static bool Write(HeldGroup* group, PutFate fate, const ErrorReply& error, CallOutput* out);

  std::deque<HeldGroup> groups_;
  std::deque<HeldPut> puts_;
  store::PhysicalOffset end_offset_ = 0;
};

/// Room that one answer needs whatever its fate, beyond what WriteSendReply wrote.
inline constexpr size_t kErrorReplyRoom = 1280;

}  // namespace apogee::remoting
