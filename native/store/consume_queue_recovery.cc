// SPDX-License-Identifier: Apache-2.0
/// How a consume queue finds its end in the files of an earlier run, and loses what lies behind
/// the end of the commit log.
#include <algorithm>
#include <array>
#include <utility>

#include "store/consume_queue.h"
#include "store/endian.h"
#include "store/layout.h"
#include "store/paths.h"

namespace apogee::store {
namespace {

using queue_layout::kEntrySize;

/// Entries read at once while looking for the end.
constexpr int64_t kChunkEntries = 3276;
/// Entries that recovery fills up in a queue that misses them.
constexpr QueueOffset kMaxGap = 1 << 20;
constexpr QueueOffset kMaxOffset = QueueOffset{1} << 50;
/// After an unclean exit the search begins this many files from the end, as in Apache.
constexpr size_t kFilesToCheck = 3;

bool IsValid(const QueueEntry& entry) { return entry.physical_offset >= 0 && entry.size > 0; }
bool IsPreFill(const QueueEntry& entry) {
  return entry.physical_offset == 0 && entry.size == queue_layout::kPreFillSize;
}

}  // namespace

Status ConsumeQueue::Load(bool unclean) {
  Result<std::vector<DirEntry>> entries = config_->io->List(dir_);
  if (!entries.ok()) return entries.status();
  for (size_t i = 0; i < entries.value().size(); ++i) {
    const DirEntry& entry = entries.value()[i];
    if (entry.is_directory) continue;
    const std::string path = dir_ + "/" + entry.name;
    if (entry.size == 0 && i + 1 == entries.value().size()) {
      if (Status status = config_->io->Remove(path); !status.ok()) return status;
      continue;
    }
    const std::optional<int64_t> start = ParseDataFileName(entry.name);
    if (!start.has_value()) {
      return Status(StatusCode::kBadFormat, path +
                                                " is not a consume queue file. Move it out of the "
                                                "directory and start again.");
    }
    if (entry.size != config_->file_size) {
      return Status(StatusCode::kBadFormat,
                    path + " has " + std::to_string(entry.size) +
                        " bytes but mappedFileSizeConsumeQueue is " +
                        std::to_string(config_->file_size) +
                        ". Set mappedFileSizeConsumeQueue to the size this store was made with.");
    }
    files_.push_back({path, *start, nullptr});
  }
  if (files_.empty()) return Status::Ok();
  min_.store(files_.front().start / kEntrySize);
  const size_t last = files_.size() - 1;
  const size_t first =
      unclean && files_.size() >= kFilesToCheck ? last - (kFilesToCheck - 1) : last;
  if (Status status = FindEnd(first); !status.ok()) return status;
  flushed_ = unclean ? 0 : max() * kEntrySize;
  return unclean ? ZeroBehind(max()) : Status::Ok();
}

/// Walks entries from the start of file `first` to the first invalid one. When that is the very
/// first, the file in front holds the end.
Status ConsumeQueue::FindEnd(size_t first) {
  std::vector<uint8_t> chunk(static_cast<size_t>(kChunkEntries * kEntrySize));
  for (size_t i = first; i < files_.size(); ++i) {
    int64_t at = 0;
    bool ended = false;
    while (at < config_->file_size && !ended) {
      Result<size_t> done = ReadAt(files_[i], files_[i].start + at, chunk);
      if (!done.ok()) return done.status();
      const auto whole = static_cast<int64_t>(done.value()) / kEntrySize * kEntrySize;
      int64_t in_chunk = 0;
      for (; in_chunk < whole && !ended; in_chunk += kEntrySize) {
        const QueueEntry entry = LoadQueueEntry(chunk.data() + in_chunk);
        ended = !IsValid(entry);
        if (ended) break;
        if (!IsPreFill(entry)) last_end_.store(entry.physical_offset + entry.size);
      }
      at += in_chunk;
      if (whole == 0) ended = true;
    }
    max_.store((files_[i].start + at) / kEntrySize);
    if (!ended) continue;
    if (at == 0 && i == first && first > 0) return FindEnd(first - 1);
    return DropFilesAfter(i + 1);
  }
  return Status::Ok();
}

Status ConsumeQueue::DropFilesAfter(size_t count) {
  while (files_.size() > count) {
    if (Status status = config_->io->Remove(files_.back().path); !status.ok()) return status;
    files_.pop_back();
  }
  return Status::Ok();
}

/// Makes everything behind `end` zero, so that an old entry never looks like the next one.
Status ConsumeQueue::ZeroBehind(QueueOffset end) {
  if (files_.empty()) return Status::Ok();
  const QueueFile& last = files_.back();
  const int64_t used = std::clamp<int64_t>(end * kEntrySize - last.start, 0, config_->file_size);
  Result<std::unique_ptr<File>> file = config_->io->Open(last.path, OpenMode::kReadWrite);
  if (!file.ok()) return file.status();
  // Looking costs little and zeroing a lot, and there are many queues: nearly all are clean.
  const int64_t edge = std::min(config_->file_size, (used / kPageSize + 1) * kPageSize);
  std::vector<uint8_t> page(static_cast<size_t>(edge - used));
  const Result<size_t> done = file.value()->ReadAt(used, page);
  if (!done.ok()) return done.status();
  const bool clean = std::all_of(page.begin(), page.end(), [](uint8_t byte) { return byte == 0; });
  if (clean && !file.value()->MayHoldData(edge)) return Status::Ok();
  return file.value()->Zero(used, config_->file_size - used, false);
}

Result<QueueEntry> ConsumeQueue::EntryAt(QueueOffset offset) const {
  const QueueFile* file = FindFile(offset * kEntrySize);
  if (file == nullptr) return Status(StatusCode::kCorrupt, dir_ + " misses a file.");
  std::array<uint8_t, kEntrySize> bytes{};
  Result<size_t> done = ReadAt(*file, offset * kEntrySize, bytes);
  if (!done.ok()) return done.status();
  return LoadQueueEntry(bytes.data());
}

Status ConsumeQueue::PutAgain(QueueOffset offset, const QueueEntry& entry) {
  // No check of the format covers a record's queue offset. One that is out of all reason must not
  // make this queue fill a disk with empty entries.
  const bool known = max() > 0;
  if (offset < 0 || offset > kMaxOffset || (known && offset - max() > kMaxGap)) {
    return Status::Ok();
  }
  if (entry.physical_offset + entry.size != last_end() || offset + 1 != max()) {
    return Put(offset, entry);
  }
  if (Status status = OpenTail(offset, false); !status.ok()) return status;
  StoreEntry(offset * kEntrySize, entry);
  return Status::Ok();
}

Status ConsumeQueue::Truncate(PhysicalOffset end) {
  if (last_end() <= end || files_.empty()) return Status::Ok();
  // What was mapped may be cut off or lose its blocks.
  tail_data_ = nullptr;
  QueueOffset low = files_.front().start / kEntrySize;
  QueueOffset high = max();
  while (low < high) {
    const QueueOffset middle = low + (high - low) / 2;
    Result<QueueEntry> entry = EntryAt(middle);
    if (!entry.ok()) return entry.status();
    if (entry.value().physical_offset < end) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  const QueueOffset first = files_.front().start / kEntrySize;
  last_end_.store(0);
  if (low > first) {
    Result<QueueEntry> last = EntryAt(low - 1);
    if (!last.ok()) return last.status();
    if (!IsPreFill(last.value())) {
      last_end_.store(last.value().physical_offset + last.value().size);
    }
  }
  // Only pre-fill or nothing left: the queue begins anew at its old place.
  if (last_end() == 0) {
    if (Status status = Destroy(); !status.ok()) return status;
    return Status::Ok();
  }
  max_.store(low);
  size_t keep = files_.size();
  while (keep > 1 && files_[keep - 1].start >= low * kEntrySize) --keep;
  if (Status status = DropFilesAfter(keep); !status.ok()) return status;
  return ZeroBehind(low);
}

Status ConsumeQueue::CorrectMin(PhysicalOffset min_physical) {
  if (files_.empty()) return Status::Ok();
  const auto gone = [&](const QueueEntry& entry) {
    return IsPreFill(entry) || entry.physical_offset < min_physical;
  };
  QueueOffset low = files_.front().start / kEntrySize;
  QueueOffset high = max();
  if (low < high) {
    // The usual queue begins with a living entry: one read is enough.
    Result<QueueEntry> entry = EntryAt(low);
    if (!entry.ok()) return entry.status();
    if (!gone(entry.value())) high = low;
  }
  while (low < high) {
    const QueueOffset middle = low + (high - low) / 2;
    Result<QueueEntry> entry = EntryAt(middle);
    if (!entry.ok()) return entry.status();
    if (gone(entry.value())) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  min_.store(low);
  return Status::Ok();
}

}  // namespace apogee::store
