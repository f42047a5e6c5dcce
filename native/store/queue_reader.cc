// SPDX-License-Identifier: Apache-2.0
#include "store/queue_reader.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "store/endian.h"
#include "store/layout.h"
#include "store/recovery.h"

namespace apogee::store {
namespace {

using queue_layout::kEntrySize;

/// A pull may not return more than this, whatever the settings. Apache's limit.
constexpr int64_t kMaxPullBytes = 128LL * 1024 * 1024;

/// How much of the log behind a record one question about residency covers.
constexpr int64_t kResidencyWindow = 64 * 1024;

bool IsPreFill(const QueueEntry& entry) {
  return entry.physical_offset == 0 && entry.size == queue_layout::kPreFillSize;
}

}  // namespace

/// One read while it goes on.
struct QueueReader::Pull {
  const ReadRequest* request;
  ByteSink* sink;
  std::shared_ptr<const SegmentList> segments;
  PhysicalOffset max_physical;
  PhysicalOffset min_physical;
  ReadOutcome outcome;
  /// Records below this lie in a file that is gone.
  PhysicalOffset next_file_start = -1;
  PhysicalOffset last_pulled = 0;
  /// Bytes of the log that the kernel said are in memory.
  PhysicalOffset resident_from = 0;
  PhysicalOffset resident_to = 0;
  bool would_touch_disk = false;
};

QueueReader::QueueReader(const CommitLog* log, const Flusher* flusher, const StoreOptions& options,
                         int64_t memory_bytes)
    : log_(log),
      flusher_(flusher),
      sync_flush_(options.flush_disk_type == FlushDiskType::kSyncFlush),
      memory_limits_{options.max_transfer_bytes_in_memory, options.max_transfer_count_in_memory},
      disk_limits_{options.max_transfer_bytes_on_disk, options.max_transfer_count_on_disk},
      max_filter_message_size_(options.max_filter_message_size),
      memory_distance_(memory_bytes / 100 * options.access_message_in_memory_max_ratio) {}

bool QueueReader::IsFull(const Pull& pull, const QueueEntry& entry, bool in_memory) const {
  const int32_t count = pull.outcome.message_count;
  if (count == 0) return false;
  const int64_t bytes = pull.outcome.byte_count + entry.size;
  const Limits& limits = in_memory ? memory_limits_ : disk_limits_;
  return count + 1 > pull.request->max_messages || bytes > kMaxPullBytes || bytes > limits.bytes ||
         count > limits.count - 1;
}

/// Whether a record is in memory. The next records of a queue mostly lie close behind, so the
/// kernel is asked once for a window of them; a record outside of it or a window with a hole costs
/// a call.
bool QueueReader::IsResident(Pull* pull, const Segment& segment, PhysicalOffset at,
                             size_t size) const {
  const auto length = static_cast<int64_t>(size);
  if (at >= pull->resident_from && at + length <= pull->resident_to) return true;
  const auto offset = static_cast<size_t>(at - segment.base());
  const PhysicalOffset end = std::min({at + kResidencyWindow, segment.end(), pull->max_physical});
  if (end - at > length && segment.map().Resident(offset, static_cast<size_t>(end - at))) {
    pull->resident_from = at;
    pull->resident_to = end;
    return true;
  }
  return segment.map().Resident(offset, size);
}

/// Copies the record of `entry` to the sink.
QueueReader::Taken QueueReader::TakeRecord(Pull* pull, const QueueEntry& entry) const {
  const PhysicalOffset at = entry.physical_offset;
  const Segment* segment = FindSegment(*pull->segments, at);
  if (segment == nullptr || entry.size <= 0 ||
      at + entry.size > std::min(segment->end(), pull->max_physical)) {
    return Taken::kMissing;
  }
  const auto size = static_cast<size_t>(entry.size);
  const bool resident = log_->IsHot(at) || IsResident(pull, *segment, at, size);
  if (!resident && !pull->request->allow_disk) return Taken::kCold;
  std::vector<uint8_t> cold;
  if (!resident) {
    cold.resize(size);
    const Result<size_t> done = segment->file().ReadAt(at - segment->base(), cold);
    if (!done.ok() || done.value() < size) return Taken::kUnreadable;
  }
  uint8_t* const to = pull->sink->Reserve(size);
  if (to == nullptr) return Taken::kNoRoom;
  std::memcpy(to, resident ? segment->At(at) : cold.data(), size);
  pull->outcome.byte_count += entry.size;
  ++pull->outcome.message_count;
  pull->outcome.status = GetStatus::kFound;
  pull->next_file_start = -1;
  return Taken::kYes;
}

/// Asks the memory for a record that will be copied soon. Records of one queue lie scattered over
/// the log, so the processor does not guess them. Never faults.
void QueueReader::Prefetch(const Pull& pull, const QueueEntry& entry) const {
  constexpr int32_t kLine = 64;
  constexpr int32_t kMostLines = 16;
  const Segment* segment = FindSegment(*pull.segments, entry.physical_offset);
  if (segment == nullptr) return;
  const uint8_t* const start = segment->At(entry.physical_offset);
  const int32_t size = std::min(entry.size, kMostLines * kLine);
  for (int32_t at = 0; at < size; at += kLine) __builtin_prefetch(start + at);
}

/// Goes through consecutive entries. Result: false when the read ends here.
bool QueueReader::Walk(Pull* pull, const uint8_t* entries, int64_t count) const {
  ReadOutcome& outcome = pull->outcome;
  const int64_t window = std::max<int64_t>(max_filter_message_size_,
                                           int64_t{pull->request->max_messages} * kEntrySize);
  const auto nothing_yet = [&](GetStatus status) {
    if (outcome.message_count == 0) outcome.status = status;
  };
  constexpr int64_t kAhead = 3;
  for (int64_t i = 0; i < count; ++i) {
    if (i + kAhead < count) {
      Prefetch(*pull, LoadQueueEntry(entries + (i + kAhead) * kEntrySize));
    }
    const QueueEntry entry = LoadQueueEntry(entries + i * kEntrySize);
    const QueueOffset offset = outcome.next_begin_offset;
    const bool in_memory = pull->max_physical - entry.physical_offset <= memory_distance_;
    if ((offset - pull->request->offset) * kEntrySize >= window) return false;
    if (IsFull(*pull, entry, in_memory)) return false;
    const bool skipped = entry.physical_offset < pull->next_file_start || IsPreFill(entry);
    if (!skipped && !pull->request->filter.Matches(entry.tags_code)) {
      nothing_yet(GetStatus::kNoMatchedMessage);
    } else if (!skipped) {
      switch (TakeRecord(pull, entry)) {
        case Taken::kYes:
          break;
        case Taken::kMissing:
          nothing_yet(GetStatus::kMessageWasRemoving);
          pull->next_file_start =
              (entry.physical_offset / log_->segment_size() + 1) * log_->segment_size();
          break;
        case Taken::kCold:
          pull->would_touch_disk = true;
          return false;
        case Taken::kUnreadable:
          // Not skipped: the client asks again later, and an operator sees the disk's errors.
          nothing_yet(GetStatus::kOffsetFoundNull);
          return false;
        case Taken::kNoRoom:
          return false;
      }
    }
    outcome.next_begin_offset = offset + 1;
    pull->last_pulled = entry.physical_offset;
  }
  return true;
}

/// Finds the entries of the read and goes through them. Result: false when there are none.
bool QueueReader::WalkQueue(Pull* pull, const ConsumeQueue& queue) const {
  const ReadRequest& request = *pull->request;
  const QueueSlice slice = queue.Slice(request.offset);
  // After the entries: the log then reaches at least as far as they do.
  pull->max_physical = Confirmed();
  pull->segments = log_->segments();
  if (slice.count == 0) {
    pull->outcome.status = GetStatus::kOffsetFoundNull;
    pull->outcome.next_begin_offset = slice.next_file;
    return false;
  }
  // No more entries are looked at than the window allows.
  const int64_t most = std::max<int64_t>(max_filter_message_size_ / kEntrySize + 1,
                                         int64_t{request.max_messages} + 1);
  const int64_t known = pull->outcome.max_offset - request.offset;
  const int64_t count = std::min({slice.count, most, known});
  const auto size = static_cast<size_t>(count * kEntrySize);
  if (slice.map != nullptr &&
      slice.map->Resident(static_cast<size_t>(slice.data - slice.map->data()), size)) {
    Walk(pull, slice.data, count);
  } else if (!request.allow_disk) {
    pull->would_touch_disk = true;
  } else {
    const Result<std::vector<uint8_t>> entries = queue.ReadCold(request.offset, count);
    if (!entries.ok()) {
      pull->outcome.status = GetStatus::kOffsetFoundNull;
      return false;
    }
    Walk(pull, entries.value().data(), static_cast<int64_t>(entries.value().size()) / kEntrySize);
  }
  return true;
}

ReadOutcome QueueReader::Read(const ReadRequest& request, ByteSink* sink) const {
  Pull pull{};
  ReadOutcome& outcome = pull.outcome;
  if (request.queue == nullptr) return outcome;
  const ConsumeQueue& queue = request.queue->consume_queue;
  outcome.max_offset = queue.max();
  outcome.min_offset = queue.min();
  const auto refuse = [&](GetStatus status, QueueOffset next) {
    outcome.status = status;
    outcome.next_begin_offset = next;
    return outcome;
  };
  if (outcome.max_offset == 0) return refuse(GetStatus::kNoMessageInQueue, 0);
  if (request.offset < outcome.min_offset) {
    return refuse(GetStatus::kOffsetTooSmall, outcome.min_offset);
  }
  if (request.offset == outcome.max_offset) {
    return refuse(GetStatus::kOffsetOverflowOne, request.offset);
  }
  if (request.offset > outcome.max_offset) {
    return refuse(GetStatus::kOffsetOverflowBadly, outcome.max_offset);
  }
  pull.request = &request;
  pull.sink = sink;
  outcome.status = GetStatus::kNoMatchedMessage;
  outcome.next_begin_offset = request.offset;
  if (!WalkQueue(&pull, queue)) return outcome;
  if (pull.would_touch_disk && outcome.message_count == 0) {
    return refuse(GetStatus::kWouldTouchDisk, request.offset);
  }
  outcome.suggest_slave = pull.max_physical - pull.last_pulled > memory_distance_;
  return outcome;
}

bool QueueReader::ReadEntry(const Queue* queue, QueueOffset offset, QueueEntry* entry) const {
  if (queue == nullptr || offset < queue->consume_queue.min()) return false;
  if (offset >= queue->consume_queue.max()) return false;
  const Result<std::vector<uint8_t>> bytes = queue->consume_queue.ReadCold(offset, 1);
  if (!bytes.ok() || bytes.value().size() < kEntrySize) return false;
  *entry = LoadQueueEntry(bytes.value().data());
  return true;
}

bool QueueReader::IsInMemory(const Queue* queue, QueueOffset offset) const {
  QueueEntry entry;
  if (!ReadEntry(queue, offset, &entry)) return false;
  return log_->committed() - entry.physical_offset <= memory_distance_;
}

TimestampMs QueueReader::StoreTimestamp(const Queue* queue, QueueOffset offset) const {
  QueueEntry entry;
  if (!ReadEntry(queue, offset, &entry) || IsPreFill(entry)) return -1;
  const std::shared_ptr<const SegmentList> segments = log_->segments();
  const Segment* segment = FindSegment(*segments, entry.physical_offset);
  if (segment == nullptr) return -1;
  std::array<uint8_t, record_layout::kMinimumSize> head{};
  const int64_t position = entry.physical_offset - segment->base();
  const Result<size_t> done = segment->file().ReadAt(position, head);
  return done.ok() ? RecordStoreTimestamp(head.data(), done.value()) : -1;
}

/// Source: ConsumeQueue.binarySearchInQueueByTime, spec §8.4. Store times do not decrease but for
/// steps of the clock, so one search over the whole queue finds what Apache finds file by file.
QueueOffset QueueReader::OffsetByTime(const Queue* queue, TimestampMs timestamp, bool upper) const {
  if (queue == nullptr) return 0;
  const QueueOffset first = queue->consume_queue.min();
  const QueueOffset end = queue->consume_queue.max();
  QueueOffset low = first;
  QueueOffset high = end;
  while (low < high) {
    const QueueOffset middle = low + (high - low) / 2;
    const TimestampMs time = StoreTimestamp(queue, middle);
    // An entry whose record is gone is older than everything that is there.
    const bool before = time < 0 || (upper ? time <= timestamp : time < timestamp);
    if (before) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (!upper) return low;
  return low > first ? low - 1 : first;
}

bool QueueReader::LookMessage(PhysicalOffset offset, std::vector<uint8_t>* record) const {
  const PhysicalOffset end = Confirmed();
  const std::shared_ptr<const SegmentList> segments = log_->segments();
  const Segment* segment = FindSegment(*segments, offset);
  if (segment == nullptr || offset < 0) return false;
  const int64_t remaining = std::min(segment->end(), end) - offset;
  if (remaining < record_layout::kMinimumSize) return false;
  const int64_t position = offset - segment->base();
  RecordView view;
  int64_t size = record_layout::kMinimumSize;
  for (int attempt = 0; attempt < 2; ++attempt) {
    record->resize(static_cast<size_t>(size));
    const Result<size_t> done = segment->file().ReadAt(position, *record);
    if (!done.ok() || done.value() < record->size()) return false;
    const Verdict verdict = JudgeRecord(*record, remaining, offset, CrcCheck::kSkip, &view);
    if (verdict.kind == RecordKind::kRecord) return true;
    if (verdict.kind != RecordKind::kNeedMore) return false;
    size = verdict.size;
  }
  return false;
}

}  // namespace apogee::store
