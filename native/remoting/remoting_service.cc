// SPDX-License-Identifier: Apache-2.0
#include "remoting/remoting_service.h"

#include <algorithm>
#include <shared_mutex>

#include "remoting/frame.h"

namespace apogee::remoting {
namespace {

/// A longer header is not a hot request's: properties of 32 767 bytes, all escaped, fit.
constexpr size_t kMaxHotHeaderBytes = 256 * 1024;

HeaderVerdict ReadHeader(const FrameParts& parts, Header* header, const char** error) {
  return parts.codec == Codec::kJson ? ReadJsonHeader(parts.header, header, error)
                                     : ReadBinaryHeader(parts.header, header, error);
}

}  // namespace

RemotingService::RemotingService(store::MessageStore* store, int32_t sync_flush_timeout_ms)
    : store_(store),
      sync_flush_timeout_ms_(sync_flush_timeout_ms),
      sends_(store, sync_flush_timeout_ms, &tables_, &out_, &held_),
      pulls_(store, &tables_, &offsets_, &out_, &sessions_) {
  store_->SetQueueArrival([this](store::Queue* queue) { pulls_.OnArrival(queue); });
}

RemotingService::~RemotingService() { store_->SetQueueArrival(nullptr); }

void RemotingService::SetIdentity(BrokerIdentity identity, std::string unique_key_prefix) {
  sends_.SetIdentity(std::move(identity), std::move(unique_key_prefix));
}

void RemotingService::SetState(const BrokerState& state) {
  tables_.SetState(state);
  pulls_.SetSlaveReadEnable(state.slave_read_enable);
}

size_t RemotingService::min_output_bytes() const { return pulls_.max_reply() + sends_.reserve(); }

int32_t RemotingService::OpenSession(const store::HostAddress& remote) {
  return sessions_.Open(remote).number;
}

void RemotingService::CloseSession(int32_t number) {
  Session* session = sessions_.Find(number);
  if (session == nullptr) return;
  pulls_.DropSession(session);
  sessions_.Close(session);
}

void RemotingService::Ingest(int32_t number, store::Bytes chunk, int64_t now_ms) {
  out_.Begin();
  Session* session = sessions_.Find(number);
  if (session == nullptr) {
    out_.SetConsumed(chunk.size());
    out_.Finish();
    return;
  }
  size_t at = 0;
  FrameFate fate = TakeCarried(session, chunk, &at, now_ms);
  if (fate == FrameFate::kTaken) fate = TakeFrames(session, chunk, &at, now_ms);
  if (fate == FrameFate::kBroken) {
    at = chunk.size();
    session->carry.Clear();
  }
  out_.SetConsumed(at);
  FinishSession(session, now_ms);
}

RemotingService::FrameFate RemotingService::Broken(std::string error) {
  last_error_ = std::move(error);
  out_.Flag(kProtocolError);
  return FrameFate::kBroken;
}

RemotingService::FrameFate RemotingService::TakeCarried(Session* session, store::Bytes chunk,
                                                        size_t* at, int64_t now_ms) {
  Carry& carry = session->carry;
  // First the prefix, which tells the size; then the rest.
  while (!carry.empty()) {
    FrameStart start = JudgeFrameStart(carry.bytes());
    if (start.size < 0) return Broken(std::move(start.error));
    const size_t have = carry.bytes().size();
    if (start.size > 0 && have == static_cast<size_t>(start.size)) {
      const FrameFate fate = TakeFrame(session, carry.bytes(), now_ms);
      if (fate == FrameFate::kTaken) carry.Clear();
      return fate;
    }
    if (*at == chunk.size()) return FrameFate::kNoRoom;
    const size_t size = static_cast<size_t>(start.size);
    const size_t wanted = have < kFramePrefixBytes ? kFramePrefixBytes : size;
    const size_t more = std::min(wanted - have, chunk.size() - *at);
    carry.Append(chunk.subspan(*at, more), size == 0 ? kFramePrefixBytes : size);
    *at += more;
  }
  return FrameFate::kTaken;
}

RemotingService::FrameFate RemotingService::TakeFrames(Session* session, store::Bytes chunk,
                                                       size_t* at, int64_t now_ms) {
  while (*at < chunk.size()) {
    const store::Bytes rest = chunk.subspan(*at);
    FrameStart start = JudgeFrameStart(rest);
    if (start.size < 0) return Broken(std::move(start.error));
    const auto size = static_cast<size_t>(start.size);
    if (size == 0 || rest.size() < size) {
      session->carry.Append(rest, size == 0 ? kFramePrefixBytes : size);
      *at = chunk.size();
      break;
    }
    const FrameFate fate = TakeFrame(session, rest.first(size), now_ms);
    if (fate != FrameFate::kTaken) return fate;
    *at += size;
  }
  return FrameFate::kTaken;
}

bool RemotingService::HasRoom(const Session& session, int64_t now_ms) {
  if (out_.room() >= min_output_bytes()) return true;
  Commit(session, now_ms);
  return out_.room() >= min_output_bytes();
}

RemotingService::FrameFate RemotingService::TakeFrame(Session* session, store::Bytes frame,
                                                      int64_t now_ms) {
  if (!HasRoom(*session, now_ms)) return FrameFate::kNoRoom;
  const FrameParts parts = SplitFrame(frame);
  const char* error = nullptr;
  const HeaderVerdict verdict = ReadHeader(parts, &header_, &error);
  if (verdict == HeaderVerdict::kMalformed) return Broken(error);
  Served cold = ColdReason::kNotHot;
  if (verdict == HeaderVerdict::kRead && !header_.IsResponse() &&
      parts.header.size() <= kMaxHotHeaderBytes) {
    scratch_.Reset(parts.header.size());
    cold = Dispatch({header_, parts.body, *session, now_ms, scratch_, false});
  }
  if (!cold || out_.AddCold(frame, *cold)) return FrameFate::kTaken;
  return FrameFate::kNoRoom;
}

Served RemotingService::Dispatch(const Request& request) {
  switch (request.header.code) {
    case request_code::kSendMessage:
    case request_code::kSendMessageV2:
    case request_code::kSendBatchMessage:
      return sends_.Serve(request);
    case request_code::kPullMessage:
    case request_code::kLitePullMessage:
      // What was sent before must be visible, and answered before.
      Commit(request.session, request.now_ms);
      return pulls_.Pull(request);
    case request_code::kUpdateConsumerOffset:
      Commit(request.session, request.now_ms);
      return pulls_.CommitOffset(request);
    default:
      return ColdReason::kNotHot;
  }
}

void RemotingService::Serve(int32_t number, store::Bytes frame, int64_t now_ms) {
  out_.Begin();
  Session* session = sessions_.Find(number);
  const FrameStart start = JudgeFrameStart(frame);
  if (session == nullptr || frame.size() < kFramePrefixBytes ||
      start.size != static_cast<int64_t>(frame.size())) {
    out_.Finish();
    return;
  }
  out_.SetConsumed(frame.size());
  const FrameParts parts = SplitFrame(frame);
  const char* error = nullptr;
  Served cold = ColdReason::kNotHot;
  if (ReadHeader(parts, &header_, &error) == HeaderVerdict::kRead &&
      parts.header.size() <= kMaxHotHeaderBytes) {
    scratch_.Reset(parts.header.size());
    cold = Dispatch({header_, parts.body, *session, now_ms, scratch_, true});
  }
  if (cold) out_.AddCold(frame, *cold);
  FinishSession(session, now_ms);
}

void RemotingService::Commit(const Session& session, int64_t now_ms) {
  if (!sends_.Commit(session, now_ms)) {
    last_error_ = sends_.failure();
    out_.Flag(kStoreFailed);
  }
}

/// Ends a call of one session: its replies first, then what its messages mean to others.
void RemotingService::FinishSession(Session* session, int64_t now_ms) {
  Commit(*session, now_ms);
  if (pulls_.HasArrivals()) pulls_.WakeOwn(session);
  out_.EndOwnReplies();
  if (pulls_.HasArrivals() && !pulls_.WakeOthers()) out_.Flag(kMoreOutput);
  out_.Finish();
}

void RemotingService::ReleaseDurable(int64_t now_ms) {
  store_->DispatchDurable();
  const store::Status health = store_->health();
  if (!health.ok()) {
    sends_.NoteFailure(health);
    last_error_ = sends_.failure();
    out_.Flag(kStoreFailed);
  }
  const FlushProgress progress{store_->durable_offset(), now_ms, !health.ok()};
  held_.ReleasePuts(progress, &completed_puts_);
  if (!held_.Release(progress, sends_.FailureReply(), &sessions_, &out_)) out_.Flag(kMoreOutput);
}

void RemotingService::Drain(int64_t now_ms) {
  out_.Begin();
  ReleaseDurable(now_ms);
  if (!pulls_.WakeOthers()) out_.Flag(kMoreOutput);
  out_.Finish();
}

void RemotingService::Tick(int64_t now_ms) {
  out_.Begin();
  if (now_ms < last_tick_ms_) held_.Rewind(now_ms, sync_flush_timeout_ms_);
  last_tick_ms_ = now_ms;
  ReleaseDurable(now_ms);
  if (!pulls_.WakeOthers()) out_.Flag(kMoreOutput);
  pulls_.Expire(now_ms);
  out_.Finish();
}

PutOutcome RemotingService::Put(store::AppendRequest request, int64_t now_ms) {
  request.store_host = sends_.identity().store_host;
  request.store_timestamp = now_ms;
  PutOutcome outcome{store_->Append(request), 0};
  if (outcome.result.status != store::PutStatus::kOk) return outcome;
  const store::Status status = store_->CommitStaged();
  if (!status.ok()) {
    last_error_ = status.message();
    outcome.result.status = store::PutStatus::kStoreFailed;
    return outcome;
  }
  if (store_->options().flush_disk_type == store::FlushDiskType::kSyncFlush) {
    outcome.ticket = ++last_ticket_;
    held_.HoldPut({outcome.ticket, outcome.result.end_offset, now_ms + sync_flush_timeout_ms_});
  }
  return outcome;
}

bool RemotingService::RequestFlush() {
  if (held_.end_offset() <= store_->durable_offset()) return false;
  store_->RequestFlush();
  return true;
}

bool RemotingService::ServeColdPull(store::Bytes frame, std::vector<uint8_t>* reply) const {
  const FrameStart start = JudgeFrameStart(frame);
  if (frame.size() < kFramePrefixBytes || start.size != static_cast<int64_t>(frame.size())) {
    return false;
  }
  const FrameParts parts = SplitFrame(frame);
  const char* error = nullptr;
  Header header;
  TextScratch scratch;
  PullRequest wanted;
  if (ReadHeader(parts, &header, &error) != HeaderVerdict::kRead ||
      parts.header.size() > kMaxHotHeaderBytes || header.IsResponse()) {
    return false;
  }
  scratch.Reset(parts.header.size());
  if (!DecodePullRequest(header, &scratch, &wanted)) return false;
  SuspendedPull pull;
  int64_t long_poll_ms = -1;
  bool slave_read = false;
  {
    const std::shared_lock<std::shared_mutex> lock(tables_.mutex());
    if (!CheckPull(tables_, header.code, wanted, &pull, &long_poll_ms)) return false;
    slave_read = tables_.state().slave_read_enable;
  }
  pull.queue = store_->FindQueue(wanted.topic, wanted.queue_id);
  if (pull.queue == nullptr) return false;
  pull.request = {header.codec, header.opaque};
  PullReader reader(store_, slave_read);
  const size_t room = pulls_.max_reply();
  const auto buffer = std::make_unique_for_overwrite<uint8_t[]>(room);
  const store::ReadOutcome outcome = reader.Read(pull, /*allow_disk=*/true, buffer.get(), room);
  const int32_t code = PullReader::CodeOf(outcome.status, pull.offset);
  if (code == response_code::kPullNotFound && long_poll_ms >= 0) return false;
  const size_t size = reader.WriteReply(pull, outcome, buffer.get());
  reply->assign(buffer.get(), buffer.get() + size);
  return true;
}

}  // namespace apogee::remoting
