// SPDX-License-Identifier: Apache-2.0
#include "store/index_service.h"

#include <algorithm>
#include <utility>

#include "store/paths.h"

namespace apogee::store {

IndexService::IndexService(Io* io, std::string dir, const IndexGeometry& geometry)
    : io_(io), dir_(std::move(dir)), geometry_(geometry) {}

Result<IndexLoadReport> IndexService::Load(TimestampMs drop_after) {
  IndexLoadReport report;
  Result<std::vector<DirEntry>> entries = io_->List(dir_);
  if (!entries.ok()) return entries.status();
  for (const DirEntry& entry : entries.value()) {
    if (entry.is_directory) continue;
    const std::string path = dir_ + "/" + entry.name;
    Result<IndexHeader> header = ReadIndexHeader(io_, path);
    if (!header.ok()) return header.status();
    const bool torn = drop_after >= 0 && (header.value().end_timestamp > drop_after ||
                                          header.value().index_count <= 1);
    if (entry.size == 0 || torn) {
      const PhysicalOffset begin = header.value().begin_physical;
      if (report.rebuild_from < 0 || begin < report.rebuild_from) report.rebuild_from = begin;
      if (Status status = io_->Remove(path); !status.ok()) return status;
      continue;
    }
    if (entry.size != geometry_.FileSize()) {
      return Status(StatusCode::kBadFormat,
                    path + " has " + std::to_string(entry.size) +
                        " bytes, but maxHashSlotNum=" + std::to_string(geometry_.slot_count) +
                        " and maxIndexNum=" + std::to_string(geometry_.max_index) + " make " +
                        std::to_string(geometry_.FileSize()) +
                        ". Set both keys to what this store was made with, or remove the index "
                        "directory: keys of old messages are not found then.");
    }
    Result<std::shared_ptr<IndexFile>> file = IndexFile::Open(io_, path, geometry_);
    if (!file.ok()) return file.status();
    files_.push_back(file.take());
  }
  if (!files_.empty()) current_ = files_.back();
  FindComplete();
  return report;
}

/// Headers are stored between records, so the last record of a header is complete. But for one
/// whose keys ran over into the next file: it ends a full file, or begins one without a key.
void IndexService::FindComplete() {
  complete_ = -1;
  if (current_ == nullptr) return;
  const IndexHeader header = current_->header();
  complete_ =
      header.index_count > 1 && !current_->Full() ? header.end_physical : header.end_physical - 1;
}

Result<IndexLoadReport> IndexService::DropAbove(PhysicalOffset end) {
  IndexLoadReport report;
  while (current_ != nullptr) {
    const IndexHeader header = current_->header();
    if (header.index_count <= 1 || header.end_physical < end) break;
    report.rebuild_from = header.begin_physical;
    if (Status status = io_->Remove(current_->path()); !status.ok()) return status;
    files_.pop_back();
    current_ = files_.empty() ? nullptr : files_.back();
  }
  FindComplete();
  return report;
}

void IndexService::Prefetch(int32_t key_hash) const {
  if (current_ != nullptr) current_->Prefetch(key_hash);
}

Status IndexService::AddFile(TimestampMs now_ms) {
  if (Status status = io_->CreateDirectories(dir_); !status.ok()) return status;
  std::string name = io_->LocalTimestamp(now_ms);
  if (current_ != nullptr) {
    // After a change of clock or zone the name must still sort behind the last one.
    const std::string last = current_->path().substr(dir_.size() + 1);
    const std::optional<int64_t> number = ParseDataFileName(last);
    if (name <= last && number.has_value()) name = std::to_string(*number + 1);
  }
  const IndexHeader previous = current_ != nullptr ? current_->header() : IndexHeader();
  Result<std::shared_ptr<IndexFile>> file = IndexFile::Create(
      io_, dir_ + "/" + name, geometry_, current_ != nullptr ? &previous : nullptr);
  if (!file.ok()) return file.status();
  if (current_ != nullptr) current_->StoreHeader();
  std::lock_guard lock(mutex_);
  if (current_ != nullptr) unsynced_.push_back(current_);
  current_ = file.take();
  files_.push_back(current_);
  return Status::Ok();
}

Status IndexService::Put(PhysicalOffset offset, TimestampMs store_timestamp,
                         std::span<const int32_t> key_hashes) {
  if (key_hashes.empty() || offset <= complete_) return Status::Ok();
  for (const int32_t hash : key_hashes) {
    if (current_ == nullptr || current_->Full()) {
      if (Status status = AddFile(store_timestamp); !status.ok()) return status;
    }
    current_->Put(hash, offset, store_timestamp);
  }
  complete_ = offset;
  return Status::Ok();
}

void IndexService::EndBatch() {
  if (current_ != nullptr) current_->StoreHeader();
}

IndexService::Files IndexService::files() const {
  std::lock_guard lock(mutex_);
  return files_;
}

IndexQueryResult IndexService::Query(int32_t key_hash, int32_t max_count, TimestampMs begin_ms,
                                     TimestampMs end_ms) const {
  IndexQueryResult result;
  const Files list = files();
  if (list.empty()) return result;
  const IndexHeader newest = list.back()->header();
  result.last_update_ms = newest.end_timestamp;
  result.last_offset = newest.end_physical;
  const auto limit = static_cast<size_t>(std::max(0, max_count));
  for (auto file = list.rbegin(); file != list.rend(); ++file) {
    const IndexHeader header = (*file)->header();
    if (header.begin_timestamp <= end_ms && header.end_timestamp >= begin_ms) {
      (*file)->Query(key_hash, limit, begin_ms, end_ms, &result.offsets);
    }
    if (header.begin_timestamp < begin_ms || result.offsets.size() >= limit) break;
  }
  return result;
}

Result<TimestampMs> IndexService::Sync(bool all) {
  Files todo;
  {
    std::lock_guard lock(mutex_);
    todo.swap(unsynced_);
    if (all && !files_.empty()) todo.push_back(files_.back());
  }
  TimestampMs durable = 0;
  for (const std::shared_ptr<IndexFile>& file : todo) {
    // Read first: keys added meanwhile are not covered.
    const TimestampMs end = file->header().end_timestamp;
    if (Status status = file->Sync(); !status.ok()) return status;
    durable = std::max(durable, end);
  }
  if (!todo.empty()) {
    if (Status status = io_->SyncDirectory(dir_); !status.ok()) return status;
  }
  return durable;
}

}  // namespace apogee::store
