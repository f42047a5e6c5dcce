// SPDX-License-Identifier: Apache-2.0
#include "store/log_scanner.h"

#include <algorithm>
#include <utility>

#include "store/commit_log.h"

namespace apogee::store {
namespace {

constexpr int64_t kReadSize = 1024 * 1024;

}  // namespace

LogScanner::LogScanner(std::shared_ptr<const SegmentList> segments, PhysicalOffset from,
                       PhysicalOffset limit, CrcCheck crc)
    : segments_(std::move(segments)), position_(from), limit_(limit), crc_(crc) {}

/// Reads at least `size` bytes from position_, which `segment` is known to hold.
bool LogScanner::Fill(const Segment& segment, int64_t size) {
  const int64_t remaining = std::min(segment.end(), limit_) - position_;
  const auto want = static_cast<size_t>(std::min(std::max(size, kReadSize), remaining));
  if (buffer_.size() < want) buffer_.resize(want);
  Result<size_t> done =
      segment.file().ReadAt(position_ - segment.base(), std::span(buffer_.data(), want));
  if (!done.ok()) {
    status_ = done.status();
    return false;
  }
  buffer_start_ = position_;
  buffer_used_ = done.value();
  return true;
}

ScanStep LogScanner::NextFile(const Segment& full) {
  for (const std::shared_ptr<Segment>& segment : *segments_) {
    if (segment->base() <= full.base()) continue;
    if (segment->base() != full.end()) {
      status_ = Status(StatusCode::kCorrupt,
                       "The commit log file between " + full.path() + " and " + segment->path() +
                           " is missing. Put it back, or move the later files away to go on "
                           "without them.");
      return ScanStep::kFailed;
    }
    position_ = full.end();
    return Next();
  }
  // The log ends with a filler and no file behind it: the filler is written again.
  return ScanStep::kEnd;
}

ScanStep LogScanner::Next() {
  const Segment* segment = FindSegment(*segments_, position_);
  if (segment == nullptr || position_ >= limit_) return ScanStep::kEnd;
  const int64_t remaining = segment->end() - position_;
  int64_t wanted = kBlankSize;
  for (;;) {
    const int64_t have = buffer_start_ + static_cast<int64_t>(buffer_used_) - position_;
    const bool inside = position_ >= buffer_start_ && have >= wanted;
    if (!inside && !Fill(*segment, wanted)) return ScanStep::kFailed;
    const size_t skip = static_cast<size_t>(position_ - buffer_start_);
    const Bytes bytes(buffer_.data() + skip, buffer_used_ - skip);
    const Verdict verdict = JudgeRecord(bytes, remaining, position_, crc_, &record_);
    switch (verdict.kind) {
      case RecordKind::kRecord:
        if (position_ + verdict.size > limit_) return ScanStep::kEnd;
        position_ += verdict.size;
        return ScanStep::kRecord;
      case RecordKind::kBlank:
        return NextFile(*segment);
      case RecordKind::kInvalid:
        reason_ = verdict.reason;
        return ScanStep::kInvalid;
      case RecordKind::kNeedMore:
        // Nothing more to read: the record crosses the limit, or the file lost its end.
        if (wanted >= verdict.size && !inside) return ScanStep::kEnd;
        wanted = verdict.size;
        break;
    }
  }
}

}  // namespace apogee::store
