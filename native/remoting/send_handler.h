// SPDX-License-Identifier: Apache-2.0
/// SEND_MESSAGE (10), SEND_MESSAGE_V2 (310), SEND_BATCH_MESSAGE (320). Serves a send only when
/// nothing about it needs a decision; everything else is the processor's, which names the cause.
/// Source: SendMessageProcessor; spec remoting §2.3.1.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "remoting/call_output.h"
#include "remoting/held_replies.h"
#include "remoting/request.h"
#include "remoting/send_request.h"
#include "remoting/stored_properties.h"
#include "remoting/tables.h"
#include "remoting/unique_key.h"

namespace apogee::remoting {

class SendHandler {
 public:
  /// All of these outlive the handler. SYNC_FLUSH answers wait `sync_flush_timeout_ms` at most.
  SendHandler(store::MessageStore* store, int32_t sync_flush_timeout_ms, Tables* tables,
              CallOutput* out, HeldReplies* held);

  void SetIdentity(BrokerIdentity identity, std::string unique_key_prefix);
  const BrokerIdentity& identity() const { return identity_; }

  Served Serve(const Request& request);
  /// Makes staged messages visible and lets their answers go, or holds them for the disk. Result:
  /// false when the store failed since the last commit; then the answers say so.
  bool Commit(const Session& session, int64_t now_ms);
  /// Bytes of the slab that must stay free for answers turning into errors.
  size_t reserve() const { return (staged_.size() + 1) * kErrorReplyRoom; }
  /// Why messages are refused, for remarks and logs.
  const std::string& failure() const { return failure_; }
  /// An answer for a message that the failed log lost.
  ErrorReply FailureReply() const;
  /// Notes why the store failed.
  void NoteFailure(const store::Status& status);

 private:
  /// An answer in the slab whose message is staged.
  struct Staged {
    ReplyTo request;
    size_t start;
    size_t size;
    store::PhysicalOffset end_offset;
    bool hold;
  };

  Served ServeOne(const Request& request, const SendRequest& send, Topic* topic, int32_t queue_id);
  Served ServeBatch(const Request& request, const SendRequest& send, Topic* topic,
                    int32_t queue_id);
  /// Queue ids below 0 ask for any; -1 when the topic has no such queue.
  static int32_t ChooseQueue(Topic* topic, int32_t queue_id);
  store::Queue* QueueOf(Topic* topic, int32_t queue_id);
  SendReply ReplyFor(int32_t queue_id, const store::AppendResult& result,
                     std::string_view unique_key) const;
  void Answer(const Request& request, const SendReply& reply, const store::AppendResult& result,
              bool wait);
  void Refuse(const Request& request, store::PutStatus status);
  void AnswerFailed();
  void HoldBack(const Session& session, int64_t now_ms);
  bool sync_flush() const {
    return store_->options().flush_disk_type == store::FlushDiskType::kSyncFlush;
  }

  store::MessageStore* const store_;
  const int32_t sync_flush_timeout_ms_;
  Tables* const tables_;
  CallOutput* const out_;
  HeldReplies* const held_;
  BrokerIdentity identity_;
  UniqueKeySource unique_keys_;
  StoredProperties properties_;
  std::vector<int32_t> record_sizes_;
  std::vector<Staged> staged_;
  std::string failure_;
  bool refused_ = false;
  /// Text of MESSAGE_ILLEGAL, which names the limit.
  const std::string illegal_remark_;
};

}  // namespace apogee::remoting
