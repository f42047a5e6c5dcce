// SPDX-License-Identifier: Apache-2.0
#include "puller.h"

#include "header_builder.h"
#include "record.h"

namespace apogee::bench {
namespace {

constexpr int kPullMessage = 11;
constexpr int kSuspend = 2;
constexpr int kWithSubscription = 4;
constexpr int kSuspendTimeoutMs = 15'000;
constexpr int kPullNotFound = 19;
constexpr int kPullOffsetMoved = 21;
/// Beyond every queue: the answer names the end.
constexpr int64_t kFarOffset = int64_t{1} << 40;
/// Bodies of one answer in so many are checked against their CRC.
constexpr uint64_t kCheckedAnswers = 64;

}  // namespace

Puller::Puller(const Options& options, bool tail, Outcome* outcome)
    : options_(options), tail_(tail), outcome_(outcome) {}

std::string Puller::Open(Poller* poller) {
  const int count = tail_ ? options_.queues : options_.connections;
  for (int i = 0; i < count; ++i) {
    connections_.push_back(std::make_unique<Connection>(static_cast<size_t>(i), this, poller));
    const std::string error = connections_.back()->Open(options_.host, options_.port);
    if (!error.empty()) return error;
    Reader reader;
    reader.queue_id = i % options_.queues;
    reader.offset = tail_ ? kFarOffset : 0;
    reader.opaque = kFirstOpaque;
    readers_.push_back(reader);
  }
  return {};
}

void Puller::Start(const Window& window, int64_t now_ns) {
  window_ = window;
  window_.scheduled = tail_;
  for (const auto& connection : connections_) {
    Pull(connection.get(), now_ns);
    connection->Flush();
  }
}

bool Puller::MayPull(int64_t now_ns) const {
  return now_ns < window_.end_ns &&
         (options_.max_messages == 0 || outcome_->total_messages() < options_.max_messages);
}

bool Puller::Done(int64_t now_ns) const {
  // Requests that wait at the end of a queue are answered long after the run.
  return !MayPull(now_ns) && (tail_ || outstanding_ == 0);
}

void Puller::Pull(Connection* connection, int64_t now_ns) {
  Reader& reader = readers_[connection->index()];
  reader.opaque = reader.opaque == kLastOpaque ? kFirstOpaque : reader.opaque + 1;
  reader.due_ns = now_ns;
  const bool suspend = tail_ && reader.offset != kFarOffset;
  HeaderBuilder header(options_.codec, kPullMessage, reader.opaque, connection->output());
  header.Field("consumerGroup", "benchmark_consumer");
  header.Field("topic", options_.topic);
  header.Field("queueId", reader.queue_id);
  header.Field("queueOffset", reader.offset);
  header.Field("maxMsgNums", options_.batch);
  header.Field("sysFlag", kWithSubscription | (suspend ? kSuspend : 0));
  header.Field("commitOffset", "0");
  header.Field("suspendTimeoutMillis", kSuspendTimeoutMs);
  header.Field("subscription", "*");
  header.Field("subVersion", "0");
  header.Field("expressionType", "TAG");
  header.Field("bname", options_.broker_name);
  header.Finish({});
  ++outstanding_;
}

void Puller::OnFrame(Connection* connection, Bytes frame, int64_t now_ns) {
  const std::optional<Reply> reply = ParseReply(frame);
  if (!reply.has_value()) return outcome_->Fault("an answer's header cannot be read");
  Reader& reader = readers_[connection->index()];
  if (reader.opaque != reply->opaque) {
    return outcome_->Fault("an answer with opaque " + std::to_string(reply->opaque) +
                           " that no request waits for");
  }
  --outstanding_;
  bool go_on = true;
  if (reply->code == 0)
    TakeMessages(&reader, *reply, now_ns);
  else if (reply->code == kPullNotFound || reply->code == kPullOffsetMoved)
    go_on = TakeEnd(&reader, *reply);
  else
    outcome_->CountCode(reply->code);
  if (go_on && MayPull(now_ns)) Pull(connection, now_ns);
}

void Puller::TakeMessages(Reader* reader, const Reply& reply, int64_t now_ns) {
  const bool check_bodies = answers_++ % kCheckedAnswers == 0;
  const int64_t first = reader->offset;
  std::string wrong;
  for (Bytes rest = reply.body; !rest.empty() && wrong.empty();) {
    Record record;
    wrong = ReadRecord(&rest, check_bodies, &record);
    if (!wrong.empty()) break;
    if (record.queue_id != reader->queue_id || record.queue_offset != reader->offset) {
      wrong = "queue " + std::to_string(reader->queue_id) + ": offset " +
              std::to_string(record.queue_offset) + " where " + std::to_string(reader->offset) +
              " was due";
      break;
    }
    ++reader->offset;
    if (tail_ && record.body.size() >= sizeof(int64_t)) {
      outcome_->Count(window_, 1, LoadInt64(record.body.data()), now_ns);
    }
  }
  const int64_t count = reader->offset - first;
  if (wrong.empty() && reply.next_begin_offset != reader->offset) wrong = "a wrong nextBeginOffset";
  if (wrong.empty() && (count == 0 || count > options_.batch)) {
    wrong = "an answer with " + std::to_string(count) + " messages";
  }
  if (!wrong.empty()) {
    outcome_->Fault(wrong);
    reader->offset = reply.next_begin_offset;
  }
  if (!tail_) outcome_->Count(window_, count, reader->due_ns, now_ns);
}

bool Puller::TakeEnd(Reader* reader, const Reply& reply) {
  if (tail_) {
    reader->offset = reply.next_begin_offset;
    return true;
  }
  if (reader->offset == 0 && reply.next_begin_offset == 0) {
    outcome_->Fault("queue " + std::to_string(reader->queue_id) + " is empty");
    return false;
  }
  // From the beginning again; a queue that starts later says so.
  reader->offset = reader->offset == 0 ? reply.next_begin_offset : 0;
  return true;
}

void Puller::OnClosed(Connection* connection, const std::string& why) {
  outcome_->Fault("connection " + std::to_string(connection->index()) + ": " + why);
}

}  // namespace apogee::bench
