// SPDX-License-Identifier: Apache-2.0
#include "store/store_recovery.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "store/log_scanner.h"

namespace apogee::store {
namespace {

constexpr int32_t kDefaultMaxFiles = 10;
constexpr PhysicalOffset kNoLimit = std::numeric_limits<PhysicalOffset>::max();

/// The first record of a file, or false when there is no valid one.
bool FirstRecord(const RecoveryInput& input, const Segment& segment, PhysicalOffset* offset,
                 TimestampMs* store_timestamp) {
  LogScanner scanner(input.log->segments(), segment.base(), kNoLimit, CrcCheck::kSkip);
  if (scanner.Next() != ScanStep::kRecord) return false;
  *offset = scanner.record().physical_offset;
  *store_timestamp = scanner.record().store_timestamp;
  return *store_timestamp != 0;
}

PhysicalOffset MaxQueuedEnd(const QueueTable& queues) {
  PhysicalOffset end = 0;
  for (const Queue* queue : queues.All()) end = std::max(end, queue->consume_queue.last_end());
  return end;
}

/// The last file whose records may be missing in the queues, looking back no further than allowed.
PhysicalOffset StartFile(const RecoveryInput& input, PhysicalOffset queued_end) {
  const std::shared_ptr<const SegmentList> segments = input.log->segments();
  const size_t most = static_cast<size_t>(input.max_files > 0 ? input.max_files : kDefaultMaxFiles);
  const size_t lowest = segments->size() > most ? segments->size() - most : 0;
  size_t start = segments->size() - 1;
  for (; start > lowest; --start) {
    PhysicalOffset offset = 0;
    TimestampMs time = 0;
    if (!FirstRecord(input, *(*segments)[start], &offset, &time)) continue;
    const CheckpointValues& checkpoint = *input.checkpoint;
    bool matches = offset <= queued_end;
    if (input.unclean) {
      matches = checkpoint.logics_physical_offset > 0 ? offset <= checkpoint.logics_physical_offset
                                                      : time <= checkpoint.logics_msg_timestamp;
    }
    const bool keys_known = input.rebuild_index_from < 0 || offset <= input.rebuild_index_from;
    if (matches && keys_known) break;
  }
  return (*segments)[start]->base();
}

/// The record that a queue's last entry points to, when it really is there. Result: its end.
std::optional<PhysicalOffset> EndOfLastQueued(const RecoveryInput& input,
                                              const ConsumeQueue& entries) {
  if (entries.max() == 0) return std::nullopt;
  const Result<std::vector<uint8_t>> bytes = entries.ReadCold(entries.max() - 1, 1);
  if (!bytes.ok() || bytes.value().empty()) return std::nullopt;
  const QueueEntry last = LoadQueueEntry(bytes.value().data());
  LogScanner scanner(input.log->segments(), last.physical_offset, kNoLimit, CrcCheck::kVerify);
  if (scanner.Next() != ScanStep::kRecord || scanner.record().size != last.size) {
    return std::nullopt;
  }
  return scanner.position();
}

/// After a clean exit everything below the last queued record is in order, so the walk may begin
/// behind it, provided that record really is where its entry says.
bool StartBehindLastQueued(const RecoveryInput& input, PhysicalOffset* start) {
  if (input.unclean || input.rebuild_index_from >= 0) return false;
  bool found = false;
  for (const Queue* queue : input.queues->All()) {
    if (queue->consume_queue.last_end() < *start) continue;
    const std::optional<PhysicalOffset> end = EndOfLastQueued(input, queue->consume_queue);
    if (!end.has_value()) continue;
    *start = std::max(*start, *end);
    found = true;
  }
  return found;
}

Status Damaged(const LogScanner& scanner, const std::string& behind, const std::string& cure) {
  return Status(StatusCode::kCorrupt, "The commit log is damaged at " +
                                          std::to_string(scanner.position()) + " (" +
                                          scanner.reason() + "), but " + behind +
                                          ". Restore the damaged file from a replica, or " + cure);
}

/// A log that ends where it cannot have ended, because no write was lost, is damaged. Cutting it
/// there would throw away good messages.
Status CheckEnd(const RecoveryInput& input, const LogScanner& scanner) {
  if (!input.nothing_lost) return Status::Ok();
  for (const Queue* queue : input.queues->All()) {
    if (queue->consume_queue.last_end() <= scanner.position()) continue;
    const std::optional<PhysicalOffset> end = EndOfLastQueued(input, queue->consume_queue);
    if (!end.has_value() || *end <= scanner.position()) continue;
    return Damaged(scanner, "messages up to " + std::to_string(*end) + " are in order behind it",
                   "remove the file `abort` to keep everything but the damaged messages.");
  }
  const std::shared_ptr<const SegmentList> segments = input.log->segments();
  for (const std::shared_ptr<Segment>& segment : *segments) {
    PhysicalOffset offset = 0;
    TimestampMs time = 0;
    if (segment->base() <= scanner.position()) continue;
    if (!FirstRecord(input, *segment, &offset, &time)) continue;
    return Damaged(scanner, segment->path() + " behind it holds messages",
                   "move that file and later ones away to go on without them.");
  }
  return Status::Ok();
}

/// Walks to the end of the log, dispatching on the way.
Status Walk(const RecoveryInput& input, PhysicalOffset from, PhysicalOffset limit,
            RecoveryOutput* output) {
  const std::shared_ptr<const SegmentList> segments = input.log->segments();
  if (input.progress != nullptr) input.progress->total_bytes = segments->back()->end() - from;
  LogScanner scanner(segments, from, limit, CrcCheck::kVerify);
  for (;;) {
    switch (scanner.Next()) {
      case ScanStep::kRecord:
        if (Status status = input.dispatcher->Redispatch(scanner.record()); !status.ok()) {
          return status;
        }
        ++output->report.recovered_messages;
        output->report.recovered_bytes += scanner.record().size;
        if (input.progress != nullptr) {
          input.progress->recovered_bytes = scanner.position() - from;
        }
        break;
      case ScanStep::kInvalid:
        if (Status status = CheckEnd(input, scanner); !status.ok()) return status;
        [[fallthrough]];
      case ScanStep::kEnd:
        output->end = scanner.position();
        return Status::Ok();
      case ScanStep::kFailed:
        return scanner.status();
    }
  }
}

Status DropBehind(const RecoveryInput& input, PhysicalOffset end) {
  const PhysicalOffset min_physical = input.log->min_offset();
  for (Queue* queue : input.queues->All()) {
    ConsumeQueue& entries = queue->consume_queue;
    if (Status status = entries.Truncate(end); !status.ok()) return status;
    if (Status status = entries.CorrectMin(min_physical); !status.ok()) return status;
    queue->next_offset = entries.max();
  }
  return Status::Ok();
}

}  // namespace

Result<RecoveryOutput> RecoverStore(const RecoveryInput& input) {
  RecoveryOutput output;
  output.report.clean_shutdown = !input.unclean;
  const std::shared_ptr<const SegmentList> segments = input.log->segments();
  if (segments->empty()) {
    if (Status status = DropBehind(input, 0); !status.ok()) return status;
    return output;
  }
  const PhysicalOffset queued_end = MaxQueuedEnd(*input.queues);
  PhysicalOffset start = segments->front()->base();
  if (queued_end <= start || !StartBehindLastQueued(input, &start)) {
    start = StartFile(input, queued_end);
  }
  if (Status status = Walk(input, start, kNoLimit, &output); !status.ok()) return status;
  output.report.truncated_bytes = std::max<int64_t>(0, queued_end - output.end);
  if (Status status = DropBehind(input, output.end); !status.ok()) return status;
  if (input.index != nullptr) {
    const Result<IndexLoadReport> dropped = input.index->DropAbove(output.end);
    if (!dropped.ok()) return dropped.status();
    const PhysicalOffset from = dropped.value().rebuild_from;
    if (from >= segments->front()->base()) {
      RecoveryOutput again;
      if (Status status = Walk(input, from, output.end, &again); !status.ok()) return status;
    }
  }
  return output;
}

}  // namespace apogee::store
