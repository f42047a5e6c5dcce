// SPDX-License-Identifier: Apache-2.0
#include "store/commit_log.h"

#include <algorithm>
#include <utility>

#include "store/endian.h"
#include "store/layout.h"
#include "store/paths.h"

namespace apogee::store {
namespace {

/// Newest bytes that are taken to be in memory; less on a small machine.
constexpr int64_t kHotBytes = 1024LL * 1024 * 1024;
constexpr int64_t kHotShareOfMemory = 4;
/// Room for two of the largest records, so that one always fits behind a filler.
constexpr int64_t kArenaRecords = 2;

int64_t HotBudget(Io* io, const StoreOptions& options) {
  const int64_t memory =
      options.physical_memory_bytes > 0 ? options.physical_memory_bytes : io->PhysicalMemoryBytes();
  return std::min(kHotBytes, memory / kHotShareOfMemory);
}

}  // namespace

const Segment* FindSegment(const SegmentList& list, PhysicalOffset offset) {
  const auto above = std::upper_bound(
      list.begin(), list.end(), offset,
      [](PhysicalOffset at, const std::shared_ptr<Segment>& s) { return at < s->base(); });
  if (above == list.begin()) return nullptr;
  const Segment* segment = std::prev(above)->get();
  return offset < segment->end() ? segment : nullptr;
}

CommitLog::CommitLog(Io* io, std::string dir, const StoreOptions& options)
    : io_(io),
      dir_(std::move(dir)),
      segment_size_(options.commit_log_file_size),
      arena_size_(static_cast<size_t>(kArenaRecords *
                                      (options.max_message_size + int64_t{kRecordOverhead}))),
      hot_budget_(HotBudget(io, options)),
      sync_flush_(options.flush_disk_type == FlushDiskType::kSyncFlush),
      segments_(std::make_shared<SegmentList>()),
      arena_(std::make_unique_for_overwrite<uint8_t[]>(arena_size_)) {}

CommitLog::~CommitLog() = default;

Status CommitLog::Load() {
  Result<std::vector<DirEntry>> entries = io_->List(dir_);
  if (!entries.ok()) return entries.status();
  SegmentList list;
  for (size_t i = 0; i < entries.value().size(); ++i) {
    const DirEntry& entry = entries.value()[i];
    if (entry.is_directory) continue;
    const std::string path = dir_ + "/" + entry.name;
    if (entry.size == 0 && i + 1 == entries.value().size()) {
      // A crash between creating the file and giving it its size.
      if (Status status = io_->Remove(path); !status.ok()) return status;
      continue;
    }
    const std::optional<int64_t> base = ParseDataFileName(entry.name);
    if (!base.has_value()) {
      return Status(StatusCode::kBadFormat, path +
                                                " is not a commit log file. Move it out of the "
                                                "directory and start again.");
    }
    if (entry.size != segment_size_) {
      return Status(StatusCode::kBadFormat,
                    path + " has " + std::to_string(entry.size) +
                        " bytes but mappedFileSizeCommitLog is " + std::to_string(segment_size_) +
                        ". Set mappedFileSizeCommitLog to the size this store was made with.");
    }
    Result<std::shared_ptr<Segment>> segment = Segment::Open(io_, dir_, *base, segment_size_);
    if (!segment.ok()) return segment.status();
    list.push_back(segment.take());
  }
  PublishSegments(std::move(list));
  return Status::Ok();
}

Status CommitLog::RemoveAbove(PhysicalOffset end) {
  SegmentList list = *segments();
  while (!list.empty() && list.back()->base() >= end && !(list.size() == 1 && end == 0)) {
    if (Status status = io_->Remove(list.back()->path()); !status.ok()) return status;
    list.pop_back();
  }
  PublishSegments(std::move(list));
  return Status::Ok();
}

Status CommitLog::StartAt(PhysicalOffset end) {
  if (Status status = RemoveAbove(end); !status.ok()) return status;
  const std::shared_ptr<const SegmentList> list = segments();
  if (!list->empty() && end < list->back()->end()) {
    current_ = list->back();
    File& file = current_->file();
    // Files of Apache are sparse, and so may be one of ours whose creation was interrupted.
    Status status = file.Allocate(0, segment_size_);
    // A leftover of an earlier life behind the end would be read as a record after the next crash.
    if (status.ok()) status = file.Zero(end - current_->base(), current_->end() - end, true);
    if (status.ok()) status = file.SyncData();
    if (!status.ok()) return status;
  }
  arena_base_ = end;
  arena_used_ = 0;
  opened_at_ = end;
  committed_.store(end, std::memory_order_release);
  allocator_ = std::make_unique<SegmentAllocator>(io_, dir_, segment_size_);
  if (sync_flush_) zero_ahead_ = std::make_unique<ZeroAhead>(&health_);
  if (current_ == nullptr) {
    allocator_->Prepare(end);
  } else if (zero_ahead_ != nullptr) {
    zero_ahead_->Enter(current_, end);
  }
  return Status::Ok();
}

void CommitLog::Stop() {
  zero_ahead_.reset();
  if (allocator_ != nullptr) allocator_->StopAndDiscard();
}

Status CommitLog::TakeSegment(PhysicalOffset base) {
  Result<std::shared_ptr<Segment>> segment = allocator_->Take(base);
  if (!segment.ok()) return segment.status();
  current_ = segment.take();
  SegmentList list = *segments();
  list.push_back(current_);
  PublishSegments(std::move(list));
  if (zero_ahead_ != nullptr) zero_ahead_->Enter(current_, base);
  allocator_->Prepare(current_->end());
  return Status::Ok();
}

/// Ends the current file with a filler and goes on at the start of the next one.
Status CommitLog::Roll() {
  const std::shared_ptr<Segment> full = current_;
  const auto remaining = static_cast<int32_t>(full->end() - staged_end());
  if (Status status = WriteStaged(); !status.ok()) return status;
  // The next file first: when there is none the log stays as it was, and may go on later.
  if (Status status = TakeSegment(full->end()); !status.ok()) return status;
  uint8_t filler[kBlankSize];
  StoreI32(filler, remaining);
  StoreI32(filler + 4, kMagicBlank);
  const PhysicalOffset position = staged_end();
  if (Status status = full->file().WriteAt(position - full->base(), filler); !status.ok()) {
    health_.Fail(status);
    return status;
  }
  arena_base_ = full->end();
  arena_used_ = 0;
  return Status::Ok();
}

Result<uint8_t*> CommitLog::Reserve(int32_t size) {
  if (current_ == nullptr) {
    if (Status status = TakeSegment(staged_end()); !status.ok()) return status;
  }
  if (int64_t{size} + kBlankSize > current_->end() - staged_end()) {
    if (Status status = Roll(); !status.ok()) return status;
  }
  if (static_cast<size_t>(size) > arena_size_ - arena_used_) {
    if (Status status = WriteStaged(); !status.ok()) return status;
  }
  return arena_.get() + arena_used_;
}

void CommitLog::Advance(int32_t size) { arena_used_ += static_cast<size_t>(size); }

Status CommitLog::WriteStaged() {
  if (!health_.ok()) return health_.status();
  if (arena_used_ == 0) return Status::Ok();
  if (zero_ahead_ != nullptr) zero_ahead_->Claim(staged_end());
  const Status status =
      current_->file().WriteAt(arena_base_ - current_->base(), Bytes(arena_.get(), arena_used_));
  if (!status.ok()) {
    health_.Fail(status);
    return status;
  }
  arena_base_ += static_cast<int64_t>(arena_used_);
  arena_used_ = 0;
  return Status::Ok();
}

void CommitLog::DropStaged() {
  arena_base_ = committed();
  arena_used_ = 0;
}

void CommitLog::Publish(TimestampMs store_timestamp) {
  committed_.store(arena_base_, std::memory_order_release);
  last_store_timestamp_.store(store_timestamp, std::memory_order_release);
}

std::shared_ptr<const SegmentList> CommitLog::segments() const {
  std::lock_guard lock(segments_mutex_);
  return segments_;
}

void CommitLog::PublishSegments(SegmentList list) {
  auto next = std::make_shared<const SegmentList>(std::move(list));
  std::lock_guard lock(segments_mutex_);
  segments_.swap(next);
}

PhysicalOffset CommitLog::min_offset() const {
  const std::shared_ptr<const SegmentList> list = segments();
  return list->empty() ? committed() : list->front()->base();
}

Status CommitLog::Sync(PhysicalOffset from, PhysicalOffset to) {
  const std::shared_ptr<const SegmentList> list = segments();
  for (const std::shared_ptr<Segment>& segment : *list) {
    if (segment->end() <= from || segment->base() >= to) continue;
    if (Status status = segment->file().SyncData(); !status.ok()) return status;
  }
  return Status::Ok();
}

bool CommitLog::IsHot(PhysicalOffset offset) const {
  return offset >= opened_at_ && offset >= committed() - hot_budget_;
}

}  // namespace apogee::store
