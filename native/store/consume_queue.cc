// SPDX-License-Identifier: Apache-2.0
#include "store/consume_queue.h"

#include <algorithm>
#include <utility>

#include "store/endian.h"
#include "store/layout.h"
#include "store/paths.h"

namespace apogee::store {
namespace {

using queue_layout::kEntrySize;

/// A file gets blocks in steps that grow with its use: ten thousand small queues stay small.
constexpr int64_t kSmallestStep = 8 * 1024;
constexpr int64_t kLargestStep = 64 * 1024;

int64_t FileStart(int64_t position, int64_t file_size) { return position / file_size * file_size; }

}  // namespace

QueueEntry LoadQueueEntry(const uint8_t* from) {
  return {LoadI64(from + queue_layout::kPhysicalOffset), LoadI32(from + queue_layout::kSize),
          LoadI64(from + queue_layout::kTagsCode)};
}

ConsumeQueue::ConsumeQueue(const ConsumeQueueConfig* config, std::string_view topic,
                           int32_t queue_id)
    : config_(config),
      dir_(config->root + "/" + std::string(topic) + "/" + std::to_string(queue_id)) {}

void ConsumeQueue::StoreEntry(int64_t position, const QueueEntry& entry) {
  uint8_t* const to = tail_data_ + (position - tail_start_);
  StoreI64(to + queue_layout::kPhysicalOffset, entry.physical_offset);
  StoreI32(to + queue_layout::kSize, entry.size);
  StoreI64(to + queue_layout::kTagsCode, entry.tags_code);
}

Status ConsumeQueue::Put(QueueOffset offset, const QueueEntry& entry) {
  const PhysicalOffset record_end = entry.physical_offset + entry.size;
  if (record_end <= last_end_.load(std::memory_order_relaxed)) return Status::Ok();
  const int64_t position = offset * kEntrySize;
  const bool in_order = offset == max_.load(std::memory_order_relaxed);
  if (!in_order || position + kEntrySize > writable_end_ || tail_data_ == nullptr) {
    if (Status status = PrepareSlow(offset); !status.ok()) return status;
  }
  StoreEntry(position, entry);
  last_end_.store(record_end, std::memory_order_release);
  max_.store(offset + 1, std::memory_order_release);
  return Status::Ok();
}

/// Makes room for the entry of `offset`: the file, its map, its blocks, and entries for offsets
/// that were never dispatched.
Status ConsumeQueue::PrepareSlow(QueueOffset offset) {
  const int64_t position = offset * kEntrySize;
  QueueOffset end = max_.load(std::memory_order_relaxed);
  bool empty = false;
  {
    std::lock_guard lock(files_mutex_);
    empty = files_.empty();
  }
  if (!empty && offset < end) {
    // The topic was deleted and created again: the newer record holds the place.
    if (Status status = Destroy(); !status.ok()) return status;
    empty = true;
  }
  if (empty) {
    const int64_t start = FileStart(position, config_->file_size);
    if (Status status = OpenTail(start / kEntrySize, true); !status.ok()) return status;
    if (Status status = PreFill(start, position); !status.ok()) return status;
    min_.store(offset, std::memory_order_release);
    max_.store(offset, std::memory_order_release);
    end = offset;
  }
  while (end < offset) {
    // A gap would shift every later entry. Fill it file by file.
    const int64_t file_end = FileStart(end * kEntrySize, config_->file_size) + config_->file_size;
    const int64_t to = std::min(position, file_end);
    if (Status status = OpenTail(end, false); !status.ok()) return status;
    if (Status status = PreFill(end * kEntrySize, to); !status.ok()) return status;
    end = to / kEntrySize;
    max_.store(end, std::memory_order_release);
  }
  if (Status status = OpenTail(offset, false); !status.ok()) return status;
  return Reserve(position + kEntrySize);
}

Status ConsumeQueue::PreFill(int64_t from, int64_t to) {
  if (Status status = Reserve(to); !status.ok()) return status;
  for (int64_t at = from; at < to; at += kEntrySize) {
    StoreEntry(at, {0, queue_layout::kPreFillSize, 0});
  }
  return Status::Ok();
}

/// Makes the file that holds the entry of `offset` the one being written.
Status ConsumeQueue::OpenTail(QueueOffset offset, bool first_file) {
  const int64_t start = FileStart(offset * kEntrySize, config_->file_size);
  if (tail_data_ != nullptr && tail_start_ == start) return Status::Ok();
  const std::string path = dir_ + "/" + DataFileName(start);
  bool create = first_file;
  if (!create) {
    std::lock_guard lock(files_mutex_);
    create = files_.empty() || files_.back().start < start;
  }
  if (create) {
    if (Status status = config_->io->CreateDirectories(dir_); !status.ok()) return status;
  }
  const OpenMode mode = create ? OpenMode::kCreate : OpenMode::kReadWrite;
  Result<std::unique_ptr<File>> file = config_->io->Open(path, mode);
  if (!file.ok()) return file.status();
  Result<int64_t> size = file.value()->Size();
  if (!size.ok()) return size.status();
  if (size.value() != config_->file_size) {
    if (Status status = file.value()->Resize(config_->file_size); !status.ok()) return status;
  }
  Result<std::unique_ptr<Mapping>> map = file.value()->Map(config_->file_size, MapMode::kReadWrite);
  if (!map.ok()) return map.status();
  std::shared_ptr<const Mapping> shared = map.take();
  tail_data_ = shared->writable();
  tail_start_ = start;
  // Blocks below an entry that exists are there; the page it lies in is asked for again.
  writable_end_ = start + (offset * kEntrySize - start) / kPageSize * kPageSize;
  std::lock_guard lock(files_mutex_);
  if (create) {
    files_.push_back({path, start, std::move(shared)});
    fresh_files_ = true;
  } else {
    files_.back().map = std::move(shared);
  }
  return Status::Ok();
}

/// Gives the tail file blocks up to `end` and some more, so that mapped stores cannot fail.
Status ConsumeQueue::Reserve(int64_t end) {
  if (end <= writable_end_) return Status::Ok();
  const int64_t used = end - tail_start_;
  const int64_t step = std::clamp(used, kSmallestStep, kLargestStep);
  const int64_t from = writable_end_ - tail_start_;
  const int64_t to = std::min(config_->file_size, (used / step + 1) * step);
  const std::string path = dir_ + "/" + DataFileName(tail_start_);
  Result<std::unique_ptr<File>> file = config_->io->Open(path, OpenMode::kReadWrite);
  if (!file.ok()) return file.status();
  if (Status status = file.value()->Allocate(from, to - from); !status.ok()) return status;
  writable_end_ = tail_start_ + to;
  return Status::Ok();
}

Status ConsumeQueue::Destroy() {
  tail_data_ = nullptr;
  writable_end_ = 0;
  std::vector<QueueFile> files;
  {
    // Under the lock: a reader must not apply the old length to the files of a new life.
    std::lock_guard lock(files_mutex_);
    max_.store(0, std::memory_order_release);
    min_.store(0, std::memory_order_release);
    files.swap(files_);
    restarted_ = true;
  }
  for (const QueueFile& file : files) {
    if (Status status = config_->io->Remove(file.path); !status.ok()) return status;
  }
  return config_->io->RemoveDirectory(dir_);
}

const QueueFile* ConsumeQueue::FindFile(int64_t position) const {
  const auto above =
      std::upper_bound(files_.begin(), files_.end(), position,
                       [](int64_t at, const QueueFile& file) { return at < file.start; });
  if (above == files_.begin()) return nullptr;
  const QueueFile* file = &*std::prev(above);
  return position < file->start + config_->file_size ? file : nullptr;
}

QueueSlice ConsumeQueue::Slice(QueueOffset offset) const {
  const int64_t position = offset * kEntrySize;
  QueueSlice slice;
  slice.next_file = (FileStart(position, config_->file_size) + config_->file_size) / kEntrySize;
  std::lock_guard lock(files_mutex_);
  const QueueOffset end = max();
  if (offset < 0 || offset >= end) return slice;
  auto* file = const_cast<QueueFile*>(FindFile(position));
  if (file == nullptr) return slice;
  slice.count = std::min(end, slice.next_file) - offset;
  if (file->map == nullptr) {
    Result<std::unique_ptr<File>> opened = config_->io->Open(file->path, OpenMode::kReadOnly);
    if (!opened.ok()) return slice;
    Result<std::unique_ptr<Mapping>> map =
        opened.value()->Map(config_->file_size, MapMode::kReadOnly);
    if (!map.ok()) return slice;
    file->map = map.take();
  }
  slice.map = file->map;
  slice.data = file->map->data() + (position - file->start);
  return slice;
}

Result<size_t> ConsumeQueue::ReadAt(const QueueFile& file, int64_t position,
                                    std::span<uint8_t> into) const {
  Result<std::unique_ptr<File>> opened = config_->io->Open(file.path, OpenMode::kReadOnly);
  if (!opened.ok()) return opened.status();
  return opened.value()->ReadAt(position - file.start, into);
}

Result<std::vector<uint8_t>> ConsumeQueue::ReadCold(QueueOffset offset, int64_t count) const {
  QueueFile file;
  {
    std::lock_guard lock(files_mutex_);
    const QueueFile* found = FindFile(offset * kEntrySize);
    if (found == nullptr) return Status(StatusCode::kNotFound, "No such consume queue file.");
    file = *found;
  }
  std::vector<uint8_t> bytes(static_cast<size_t>(count * kEntrySize));
  Result<size_t> done = ReadAt(file, offset * kEntrySize, bytes);
  if (!done.ok()) return done.status();
  bytes.resize(done.value() / kEntrySize * kEntrySize);
  return bytes;
}

int64_t ConsumeQueue::FlushTarget(int32_t least_pages) {
  {
    std::lock_guard lock(files_mutex_);
    if (std::exchange(restarted_, false)) flushed_ = 0;
  }
  const int64_t end = max() * kEntrySize;
  const int64_t dirty = end - flushed_;
  return dirty > 0 && dirty >= least_pages * kPageSize ? end : -1;
}

void ConsumeQueue::MarkFlushed(int64_t target) {
  std::lock_guard lock(files_mutex_);
  fresh_files_ = false;
  if (!restarted_) flushed_ = target;
}

Status ConsumeQueue::Flush(int64_t target) {
  std::vector<QueueFile> files;
  bool fresh = false;
  {
    std::lock_guard lock(files_mutex_);
    for (const QueueFile& file : files_) {
      if (file.start < target && file.start + config_->file_size > flushed_) files.push_back(file);
    }
    fresh = std::exchange(fresh_files_, false);
  }
  for (const QueueFile& file : files) {
    if (file.map == nullptr) continue;
    const int64_t from = std::max<int64_t>(0, flushed_ - file.start);
    const int64_t to = std::min(config_->file_size, target - file.start);
    const auto length = static_cast<size_t>(to - from);
    if (Status status = file.map->Sync(static_cast<size_t>(from), length); !status.ok()) {
      return status;
    }
  }
  if (fresh) {
    const std::string topic_dir = dir_.substr(0, dir_.rfind('/'));
    for (const std::string& dir : {dir_, topic_dir, config_->root}) {
      if (Status status = config_->io->SyncDirectory(dir); !status.ok()) return status;
    }
  }
  flushed_ = target;
  return Status::Ok();
}

}  // namespace apogee::store
