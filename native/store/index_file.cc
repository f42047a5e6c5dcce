// SPDX-License-Identifier: Apache-2.0
#include "store/index_file.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "store/endian.h"
#include "store/layout.h"

namespace apogee::store {
namespace {

using namespace index_layout;

constexpr auto kRelaxed = std::memory_order_relaxed;

/// Seconds from the file's first key, as an entry keeps them.
int32_t SecondsSince(TimestampMs begin, TimestampMs store_timestamp) {
  if (begin <= 0) return 0;
  const int64_t seconds = (store_timestamp - begin) / 1000;
  return static_cast<int32_t>(std::clamp<int64_t>(seconds, 0, std::numeric_limits<int32_t>::max()));
}

IndexHeader LoadHeader(const uint8_t* from) {
  IndexHeader header;
  header.begin_timestamp = LoadI64(from + kBeginTimestamp);
  header.end_timestamp = LoadI64(from + kEndTimestamp);
  header.begin_physical = LoadI64(from + kBeginPhysical);
  header.end_physical = LoadI64(from + kEndPhysical);
  header.used_slots = LoadI32(from + kSlotCount);
  header.index_count = std::max(1, LoadI32(from + kIndexCount));
  return header;
}

}  // namespace

int64_t IndexGeometry::FileSize() const {
  return kHeaderSize + int64_t{slot_count} * kSlotSize +
         int64_t{max_index} * index_layout::kEntrySize;
}

Result<IndexHeader> ReadIndexHeader(Io* io, const std::string& path) {
  Result<std::unique_ptr<File>> file = io->Open(path, OpenMode::kReadOnly);
  if (!file.ok()) return file.status();
  std::array<uint8_t, kHeaderSize> bytes{};
  Result<size_t> done = file.value()->ReadAt(0, bytes);
  if (!done.ok()) return done.status();
  return LoadHeader(bytes.data());
}

IndexFile::IndexFile(Io* io, std::string path, const IndexGeometry& geometry,
                     std::unique_ptr<Mapping> map, const IndexHeader& header)
    : io_(io),
      path_(std::move(path)),
      geometry_(geometry),
      map_(std::move(map)),
      begin_timestamp_(header.begin_timestamp),
      end_timestamp_(header.end_timestamp),
      begin_physical_(header.begin_physical),
      end_physical_(header.end_physical),
      used_slots_(header.used_slots),
      index_count_(header.index_count) {}

Result<std::shared_ptr<IndexFile>> IndexFile::Create(Io* io, const std::string& path,
                                                     const IndexGeometry& geometry,
                                                     const IndexHeader* previous) {
  const auto create = [&]() -> Result<std::unique_ptr<Mapping>> {
    Result<std::unique_ptr<File>> file = io->Open(path, OpenMode::kCreate);
    if (!file.ok()) return file.status();
    if (Status status = file.value()->Resize(geometry.FileSize()); !status.ok()) return status;
    if (Status status = file.value()->Allocate(0, geometry.FileSize()); !status.ok()) {
      return status;
    }
    return file.value()->Map(geometry.FileSize(), MapMode::kReadWrite);
  };
  Result<std::unique_ptr<Mapping>> map = create();
  if (!map.ok()) {
    (void)io->Remove(path).ok();
    return map.status();
  }
  IndexHeader header;
  if (previous != nullptr) {
    header.begin_timestamp = header.end_timestamp = previous->end_timestamp;
    header.begin_physical = header.end_physical = previous->end_physical;
  }
  std::shared_ptr<IndexFile> file(new IndexFile(io, path, geometry, map.take(), header));
  file->StoreHeader();
  return file;
}

Result<std::shared_ptr<IndexFile>> IndexFile::Open(Io* io, const std::string& path,
                                                   const IndexGeometry& geometry) {
  Result<IndexHeader> header = ReadIndexHeader(io, path);
  if (!header.ok()) return header.status();
  Result<std::unique_ptr<File>> file = io->Open(path, OpenMode::kReadWrite);
  if (!file.ok()) return file.status();
  // Files of Apache are sparse; mapped stores need blocks.
  if (header.value().index_count < geometry.max_index) {
    if (Status status = file.value()->Allocate(0, geometry.FileSize()); !status.ok()) {
      return status;
    }
  }
  Result<std::unique_ptr<Mapping>> map =
      file.value()->Map(geometry.FileSize(), MapMode::kReadWrite);
  if (!map.ok()) return map.status();
  return std::shared_ptr<IndexFile>(new IndexFile(io, path, geometry, map.take(), header.value()));
}

int64_t IndexFile::SlotPosition(int32_t key_hash) const {
  return kHeaderSize + int64_t{key_hash % geometry_.slot_count} * kSlotSize;
}

// The compilers' own atomics: std::atomic_ref is missing from the library of older Xcodes.
int32_t IndexFile::LoadSlot(int32_t key_hash) const {
  const auto* at = reinterpret_cast<const uint32_t*>(map_->data() + SlotPosition(key_hash));
  return static_cast<int32_t>(ToBig(__atomic_load_n(at, __ATOMIC_ACQUIRE)));
}

void IndexFile::StoreSlot(int32_t key_hash, int32_t number) {
  auto* at = reinterpret_cast<uint32_t*>(map_->writable() + SlotPosition(key_hash));
  __atomic_store_n(at, ToBig(static_cast<uint32_t>(number)), __ATOMIC_RELEASE);
}

int64_t IndexFile::EntryPosition(int32_t number) const {
  return kHeaderSize + int64_t{geometry_.slot_count} * kSlotSize +
         int64_t{number} * index_layout::kEntrySize;
}

bool IndexFile::Full() const { return index_count_.load(kRelaxed) >= geometry_.max_index; }

void IndexFile::Prefetch(int32_t key_hash) const {
  __builtin_prefetch(map_->data() + SlotPosition(key_hash), 1);
}

/// The entry a new one in this slot points back to. A slot may name an entry that was written
/// just before a crash and never counted; its number is given out again, so the chain is followed
/// to the first entry that counts.
int32_t IndexFile::PreviousInSlot(int32_t number, int32_t index_count) const {
  while (number >= index_count) {
    if (number >= geometry_.max_index) return 0;
    const int32_t previous = LoadI32(Entry(number) + kEntryPrevious);
    if (previous >= number) return 0;
    number = previous;
  }
  return number > 0 ? number : 0;
}

void IndexFile::Put(int32_t key_hash, PhysicalOffset offset, TimestampMs store_timestamp) {
  const int32_t number = index_count_.load(kRelaxed);
  const int32_t previous = PreviousInSlot(LoadSlot(key_hash), number);
  uint8_t* const entry = Entry(number);
  StoreI32(entry + kEntryHash, key_hash);
  StoreI64(entry + kEntryPhysical, offset);
  StoreI32(entry + kEntrySeconds, SecondsSince(begin_timestamp_.load(kRelaxed), store_timestamp));
  StoreI32(entry + kEntryPrevious, previous);
  StoreSlot(key_hash, number);
  if (number <= 1) {
    begin_physical_.store(offset, kRelaxed);
    begin_timestamp_.store(store_timestamp, kRelaxed);
  }
  if (previous == 0) used_slots_.store(used_slots_.load(kRelaxed) + 1, kRelaxed);
  index_count_.store(number + 1, kRelaxed);
  end_physical_.store(offset, kRelaxed);
  end_timestamp_.store(store_timestamp, kRelaxed);
}

void IndexFile::StoreHeader() {
  uint8_t* const to = map_->writable();
  StoreI64(to + kBeginTimestamp, begin_timestamp_.load(kRelaxed));
  StoreI64(to + kEndTimestamp, end_timestamp_.load(kRelaxed));
  StoreI64(to + kBeginPhysical, begin_physical_.load(kRelaxed));
  StoreI64(to + kEndPhysical, end_physical_.load(kRelaxed));
  StoreI32(to + kSlotCount, used_slots_.load(kRelaxed));
  StoreI32(to + kIndexCount, index_count_.load(kRelaxed));
}

IndexHeader IndexFile::header() const {
  return {begin_timestamp_.load(kRelaxed), end_timestamp_.load(kRelaxed),
          begin_physical_.load(kRelaxed),  end_physical_.load(kRelaxed),
          used_slots_.load(kRelaxed),      index_count_.load(kRelaxed)};
}

/// Entries of a chain, from memory where they are in memory and with read calls elsewhere: a page
/// fault would end the process if the disk failed.
class IndexFile::EntryReader {
 public:
  explicit EntryReader(const IndexFile& file) : file_(file) {}

  /// Result: 20 bytes, valid until the next call; nullptr when they cannot be read.
  const uint8_t* Read(int32_t number) {
    const int64_t position = file_.EntryPosition(number);
    const int64_t page = position / kPageSize;
    if (page != resident_page_ &&
        !file_.map_->Resident(static_cast<size_t>(position), index_layout::kEntrySize)) {
      return ReadCold(position);
    }
    // Most chains have many entries on one page; one that crosses into the next is asked again.
    const bool crosses = (position + index_layout::kEntrySize - 1) / kPageSize != page;
    resident_page_ = crosses ? -1 : page;
    return file_.Entry(number);
  }

 private:
  const uint8_t* ReadCold(int64_t position) {
    if (opened_ == nullptr) {
      Result<std::unique_ptr<File>> file = file_.io_->Open(file_.path_, OpenMode::kReadOnly);
      if (!file.ok()) return nullptr;
      opened_ = file.take();
    }
    const Result<size_t> done = opened_->ReadAt(position, bytes_);
    return done.ok() && done.value() == bytes_.size() ? bytes_.data() : nullptr;
  }

  const IndexFile& file_;
  int64_t resident_page_ = -1;
  std::unique_ptr<File> opened_;
  std::array<uint8_t, index_layout::kEntrySize> bytes_{};
};

/// The newest entry of the slot of `key_hash`. Result: false when the slot cannot be read.
bool IndexFile::FirstInSlot(int32_t key_hash, int32_t* number) const {
  const int64_t position = SlotPosition(key_hash);
  if (map_->Resident(static_cast<size_t>(position), kSlotSize)) {
    *number = LoadSlot(key_hash);
    return true;
  }
  Result<std::unique_ptr<File>> file = io_->Open(path_, OpenMode::kReadOnly);
  if (!file.ok()) return false;
  std::array<uint8_t, kSlotSize> bytes{};
  const Result<size_t> done = file.value()->ReadAt(position, bytes);
  *number = LoadI32(bytes.data());
  return done.ok() && done.value() == bytes.size();
}

void IndexFile::Query(int32_t key_hash, size_t max_count, TimestampMs begin_ms, TimestampMs end_ms,
                      std::vector<PhysicalOffset>* offsets) const {
  const TimestampMs file_begin = begin_timestamp_.load(kRelaxed);
  EntryReader reader(*this);
  int32_t number = 0;
  if (!FirstInSlot(key_hash, &number)) return;
  while (number > 0 && number < geometry_.max_index && offsets->size() < max_count) {
    const uint8_t* const entry = reader.Read(number);
    if (entry == nullptr) return;
    const TimestampMs time = file_begin + int64_t{LoadI32(entry + kEntrySeconds)} * 1000;
    if (time < begin_ms) return;
    if (LoadI32(entry + kEntryHash) == key_hash && time <= end_ms) {
      // The same record twice in a row: its keys were put again after a crash.
      const PhysicalOffset offset = LoadI64(entry + kEntryPhysical);
      if (offsets->empty() || offsets->back() != offset) offsets->push_back(offset);
    }
    const int32_t previous = LoadI32(entry + kEntryPrevious);
    // Chains lead to ever smaller numbers; anything else is damage and would not end.
    if (previous >= number) return;
    number = previous;
  }
}

Status IndexFile::Sync() const { return map_->Sync(0, map_->size()); }

}  // namespace apogee::store
