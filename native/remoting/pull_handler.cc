// SPDX-License-Identifier: Apache-2.0
#include "remoting/pull_handler.h"

#include <algorithm>

#include "store/layout.h"

namespace apogee::remoting {
namespace {

using store::GetStatus;

/// A wall clock that went back by more than this was set, not slewed.
constexpr int64_t kClockStepMs = 1000;
constexpr int64_t kLongestPollMs = 24LL * 3600 * 1000;

/// The codes a pull filters by: from its own expression or the group's subscription. False: the
/// slow path has to look.
bool ChooseFilter(const Tables& tables, const PullRequest& request, std::vector<int32_t>* codes) {
  if (request.Has(pull_sys_flag::kSubscription)) {
    return ParseTagExpression(request.subscription, codes);
  }
  const SubscriptionEntry* entry = tables.FindSubscription(request.group, request.topic);
  if (entry == nullptr || !entry->codes || entry->sub_version < request.sub_version) return false;
  codes->assign(entry->codes->begin(), entry->codes->end());
  return true;
}

}  // namespace

bool CheckPull(const Tables& tables, int32_t code, const PullRequest& request, SuspendedPull* pull,
               int64_t* long_poll_ms) {
  const BrokerState& state = tables.state();
  if (!state.readable) return false;
  if (code == request_code::kLitePullMessage && !state.lite_pull_message_enable) return false;
  const GroupEntry* group = tables.FindGroup(request.group);
  if (group == nullptr || !group->hot_pull || !group->consume_enable) return false;
  const Topic* topic = tables.FindTopic(request.topic);
  if (topic == nullptr || (topic->entry.perm & kPermRead) == 0 || request.queue_id < 0 ||
      request.queue_id >= topic->entry.read_queue_nums) {
    return false;
  }
  if (!ChooseFilter(tables, request, &pull->codes)) return false;
  pull->offset = pull->scanned_to = request.offset;
  pull->max_messages = request.max_messages;
  pull->topic_sys_flag = topic->entry.topic_sys_flag;
  pull->group_sys_flag = group->group_sys_flag;
  *long_poll_ms = -1;
  if (request.Has(pull_sys_flag::kSuspend)) {
    const int64_t asked =
        state.long_polling_enable ? request.suspend_timeout_ms : state.short_polling_time_ms;
    *long_poll_ms = std::clamp<int64_t>(asked, 0, kLongestPollMs);
  }
  return true;
}

PullHandler::PullHandler(store::MessageStore* store, Tables* tables, OffsetTable* offsets,
                         CallOutput* out, SessionTable* sessions)
    : store_(store),
      tables_(tables),
      offsets_(offsets),
      out_(out),
      sessions_(sessions),
      reader_(store, false),
      max_reply_(
          static_cast<size_t>(std::max(store->options().max_message_size + store::kRecordOverhead,
                                       store->options().max_transfer_bytes_in_memory)) +
          kPullReplyOverhead) {}

Served PullHandler::Pull(const Request& request) {
  PullRequest wanted;
  int64_t long_poll_ms = -1;
  if (!DecodePullRequest(request.header, &request.scratch, &wanted) ||
      !CheckPull(*tables_, request.header.code, wanted, &asked_, &long_poll_ms)) {
    return ColdReason::kChecks;
  }
  asked_.queue = store_->ResolveQueue(wanted.topic, wanted.queue_id);
  asked_.request = request.reply_to();
  asked_.session = request.session.number;
  if (wanted.Has(pull_sys_flag::kCommitOffset)) {
    offsets_->Commit(wanted.group, wanted.topic, wanted.queue_id, wanted.commit_offset);
  }
  const PullExecution execution = tables_->state().pull_execution;
  if (execution == PullExecution::kPool && !request.again &&
      wanted.offset < store_->MaxOffset(asked_.queue)) {
    return ColdReason::kColdRead;
  }
  const bool allow_disk = execution == PullExecution::kInline;
  const store::ReadOutcome outcome = reader_.Read(asked_, allow_disk, out_->end(), out_->room());
  if (outcome.status == GetStatus::kWouldTouchDisk) return ColdReason::kColdRead;
  const bool nothing =
      PullReader::CodeOf(outcome.status, asked_.offset) == response_code::kPullNotFound;
  if (nothing && long_poll_ms >= 0 && !pulls_.full()) {
    asked_.deadline_ms = request.now_ms + long_poll_ms;
    pulls_.Add(asked_, &request.session, request.now_ms);
  } else if (!request.header.IsOneway()) {
    out_->Advance(reader_.WriteReply(asked_, outcome, out_->end()));
  }
  return kServed;
}

Served PullHandler::CommitOffset(const Request& request) {
  CommitOffsetRequest commit;
  if (!DecodeCommitOffsetRequest(request.header, &request.scratch, &commit)) {
    return ColdReason::kChecks;
  }
  const GroupEntry* group = tables_->FindGroup(commit.group);
  const Topic* topic = tables_->FindTopic(commit.topic);
  // A group whose pulls are the processor's may have an offset reset that this must not undo.
  if (group == nullptr || !group->hot_pull || topic == nullptr || commit.queue_id < 0 ||
      commit.queue_id >= topic->queue_count()) {
    return ColdReason::kChecks;
  }
  offsets_->Commit(commit.group, commit.topic, commit.queue_id, commit.offset);
  if (!request.header.IsOneway()) {
    out_->Advance(WriteEmptyReply(out_->end(), request.reply_to()));
  }
  return kServed;
}

bool PullHandler::TryAnswer(SuspendedPull* pull) {
  while (true) {
    const store::ReadOutcome outcome =
        reader_.Read(*pull, /*allow_disk=*/true, out_->end(), out_->room());
    if (outcome.status == GetStatus::kNoMatchedMessage &&
        outcome.next_begin_offset > pull->scanned_to) {
      pull->scanned_to = outcome.next_begin_offset;
      if (pull->scanned_to < outcome.max_offset) continue;
      return false;
    }
    const int32_t code = PullReader::CodeOf(outcome.status, pull->offset);
    if (code == response_code::kPullNotFound) return false;
    out_->Advance(reader_.WriteReply(*pull, outcome, out_->end()));
    return true;
  }
}

void PullHandler::AnswerNow(SuspendedPull* pull) {
  if (TryAnswer(pull)) return;
  store::ReadOutcome outcome = reader_.Read(*pull, /*allow_disk=*/true, out_->end(), out_->room());
  // What was looked at and did not match is behind: the consumer goes on from there.
  if (pull->scanned_to > pull->offset && outcome.status == GetStatus::kOffsetOverflowOne) {
    outcome.status = GetStatus::kNoMatchedMessage;
  }
  out_->Advance(reader_.WriteReply(*pull, outcome, out_->end()));
}

bool PullHandler::WakeQueue(store::Queue* queue, const Session* only) {
  for (int32_t at = pulls_.FirstOf(queue); at != kNoPull;) {
    const int32_t number = at;
    at = pulls_.NextOfQueue(number);
    SuspendedPull& pull = pulls_.Get(number);
    Session* session = sessions_->Find(pull.session);
    if (only != nullptr && session != only) continue;
    if (!HasRoom()) return false;
    const size_t start = out_->used();
    if (!TryAnswer(&pull)) continue;
    if (only == nullptr) out_->AddOther(pull.session, start);
    pulls_.Remove(number, session);
  }
  return true;
}

void PullHandler::WakeOwn(Session* own) {
  if (own->first_pull == kNoPull) return;
  for (store::Queue* queue : pulls_.arrived()) {
    if (!WakeQueue(queue, own)) return;
  }
}

bool PullHandler::WakeOthers() {
  std::vector<store::Queue*>& arrived = pulls_.arrived();
  while (!arrived.empty()) {
    if (!WakeQueue(arrived.back(), nullptr)) return false;
    pulls_.ForgetArrived(arrived.back());
    arrived.pop_back();
  }
  return true;
}

void PullHandler::Expire(int64_t now_ms) {
  due_.clear();
  const bool clock_was_set = now_ms < last_expiry_ms_ - kClockStepMs;
  last_expiry_ms_ = now_ms;
  if (clock_was_set) {
    pulls_.Rewind(now_ms, &due_);
  } else {
    pulls_.CollectDue(now_ms, &due_);
  }
  for (const int32_t number : due_) {
    SuspendedPull& pull = pulls_.Get(number);
    const bool over = clock_was_set || now_ms >= pull.deadline_ms;
    const bool grew = store_->MaxOffset(pull.queue) > pull.offset;
    if (!HasRoom() || !(over || grew)) {
      pulls_.Schedule(number, now_ms);
      continue;
    }
    const size_t start = out_->used();
    AnswerNow(&pull);
    out_->AddOther(pull.session, start);
    pulls_.Remove(number, sessions_->Find(pull.session));
  }
}

void PullHandler::DropSession(Session* session) {
  while (session->first_pull != kNoPull) pulls_.Remove(session->first_pull, session);
}

}  // namespace apogee::remoting
