// SPDX-License-Identifier: Apache-2.0
/// The remoting protocol over one store: bytes of connections in, replies out. One object per
/// store. Knows nothing of Node or sockets: whatever owns sockets calls it, today the I/O thread of
/// a Node process. All methods belong to that one thread, but ServeColdPull.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "remoting/call_output.h"
#include "remoting/held_replies.h"
#include "remoting/offset_table.h"
#include "remoting/pull_handler.h"
#include "remoting/send_handler.h"
#include "remoting/session.h"
#include "remoting/tables.h"
#include "remoting/text_scratch.h"

namespace apogee::remoting {

/// What became of a message that a processor put.
struct PutOutcome {
  store::AppendResult result;
  /// Not 0: ask for a flush, then wait for the completion of this number.
  int64_t ticket = 0;
};

class RemotingService {
 public:
  /// `store` outlives the service, which becomes its queue arrival listener.
  RemotingService(store::MessageStore* store, int32_t sync_flush_timeout_ms);
  RemotingService(const RemotingService&) = delete;
  RemotingService& operator=(const RemotingService&) = delete;
  ~RemotingService();

  // ---- tables ---------------------------------------------------------------------------------
  Tables& tables() { return tables_; }
  OffsetTable& offsets() { return offsets_; }
  void SetIdentity(BrokerIdentity identity, std::string unique_key_prefix);
  void SetState(const BrokerState& state);

  // ---- data path: results in the buffers attached last ----------------------------------------
  /// `output` holds at least min_output_bytes().
  void Attach(const CallBuffers& buffers) { out_.Attach(buffers); }
  size_t min_output_bytes() const;
  int32_t OpenSession(const store::HostAddress& remote);
  void CloseSession(int32_t session);
  void Ingest(int32_t session, store::Bytes chunk, int64_t now_ms);
  /// One whole frame, again.
  void Serve(int32_t session, store::Bytes frame, int64_t now_ms);
  void Drain(int64_t now_ms);
  void Tick(int64_t now_ms);
  /// Why the last call set kProtocolError or kStoreFailed.
  const std::string& last_error() const { return last_error_; }
  /// Asks for what the control word kFlushWanted and tickets of puts wait for. Call it once for all
  /// connections served in a turn. False: nothing waits that is not durable already.
  bool RequestFlush();
  /// Something waits for Drain.
  bool HasOutput() { return pulls_.HasArrivals(); }

  // ---- for processors -------------------------------------------------------------------------
  /// Appends and commits. The request's hosts are set but for store_host.
  PutOutcome Put(store::AppendRequest request, int64_t now_ms);
  /// Puts that Drain and Tick completed; the caller empties it.
  std::vector<PutCompletion>& completed_puts() { return completed_puts_; }
  const std::string& message_id_prefix() const { return sends_.identity().message_id_prefix; }

  /// Any thread. Serves a whole pull frame with the disk allowed and gives the answer; false: the
  /// I/O thread has to serve it.
  bool ServeColdPull(store::Bytes frame, std::vector<uint8_t>* reply) const;

  int32_t suspended_pulls() const { return pulls_.suspended(); }
  int64_t sessions() const { return sessions_.count(); }

 private:
  enum class FrameFate : uint8_t { kTaken, kNoRoom, kBroken };

  FrameFate TakeFrame(Session* session, store::Bytes frame, int64_t now_ms);
  Served Dispatch(const Request& request);
  /// Takes the frame that was carried, once it is whole; `at` moves behind its bytes in the chunk.
  /// Result: kNoRoom also while it is not whole.
  FrameFate TakeCarried(Session* session, store::Bytes chunk, size_t* at, int64_t now_ms);
  FrameFate TakeFrames(Session* session, store::Bytes chunk, size_t* at, int64_t now_ms);
  FrameFate Broken(std::string error);
  bool HasRoom(const Session& session, int64_t now_ms);
  void Commit(const Session& session, int64_t now_ms);
  void FinishSession(Session* session, int64_t now_ms);
  void ReleaseDurable(int64_t now_ms);

  store::MessageStore* const store_;
  const int32_t sync_flush_timeout_ms_;
  Tables tables_;
  OffsetTable offsets_;
  SessionTable sessions_;
  CallOutput out_;
  HeldReplies held_;
  SendHandler sends_;
  PullHandler pulls_;
  Header header_;
  TextScratch scratch_;
  std::string last_error_;
  std::vector<PutCompletion> completed_puts_;
  int64_t last_ticket_ = 0;
  int64_t last_tick_ms_ = 0;
};

}  // namespace apogee::remoting
