// SPDX-License-Identifier: Apache-2.0
#include "remoting/held_replies.h"

#include <algorithm>
#include <cstring>
#include <optional>

namespace apogee::remoting {
namespace {

/// Nothing: it has to wait on.
template <typename Held>
std::optional<PutFate> FateOf(const Held& held, const FlushProgress& progress) {
  if (held.end_offset <= progress.durable) return PutFate::kDurable;
  if (progress.failed) return PutFate::kFailed;
  if (held.deadline_ms <= progress.now_ms) return PutFate::kFlushTimeout;
  return std::nullopt;
}

}  // namespace

bool HeldReplies::Write(HeldGroup* group, PutFate fate, const ErrorReply& error, CallOutput* out) {
  size_t done = 0;
  size_t at = 0;
  while (done < group->replies.size()) {
    const HeldReply& reply = group->replies[done];
    if (out->room() < reply.size + kErrorReplyRoom) break;
    const store::Bytes frame(group->bytes.data() + at, reply.size);
    switch (fate) {
      case PutFate::kDurable:
        std::memcpy(out->end(), frame.data(), frame.size());
        out->Advance(frame.size());
        break;
      case PutFate::kFlushTimeout:
        out->Advance(RewriteAsFlushTimeout(out->end(), frame));
        break;
      case PutFate::kFailed:
        out->Advance(WriteSendError(out->end(), reply.request, error));
        break;
    }
    at += reply.size;
    done += 1;
  }
  group->replies.erase(group->replies.begin(),
                       group->replies.begin() + static_cast<std::ptrdiff_t>(done));
  group->bytes.erase(group->bytes.begin(), group->bytes.begin() + static_cast<std::ptrdiff_t>(at));
  return group->replies.empty();
}

bool HeldReplies::Release(const FlushProgress& progress, const ErrorReply& error,
                          SessionTable* sessions, CallOutput* out) {
  while (!groups_.empty()) {
    HeldGroup& group = groups_.front();
    const std::optional<PutFate> fate = FateOf(group, progress);
    if (!fate) return true;
    if (sessions->Find(group.session, group.generation) != nullptr) {
      if (!out->HasOtherRoom()) return false;
      const size_t start = out->used();
      const bool whole = Write(&group, *fate, error, out);
      out->AddOther(group.session, start);
      if (!whole) return false;
    }
    groups_.pop_front();
  }
  return true;
}

void HeldReplies::ReleasePuts(const FlushProgress& progress,
                              std::vector<PutCompletion>* completions) {
  while (!puts_.empty()) {
    const std::optional<PutFate> fate = FateOf(puts_.front(), progress);
    if (!fate) return;
    completions->push_back({puts_.front().ticket, *fate});
    puts_.pop_front();
  }
}

void HeldReplies::Rewind(int64_t now_ms, int64_t timeout_ms) {
  for (HeldGroup& group : groups_) group.deadline_ms = now_ms + timeout_ms;
  for (HeldPut& put : puts_) put.deadline_ms = now_ms + timeout_ms;
}

}  // namespace apogee::remoting
