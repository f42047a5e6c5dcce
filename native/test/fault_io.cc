// SPDX-License-Identifier: Apache-2.0
#include "test/fault_io.h"

#include <algorithm>
#include <utility>

namespace apogee::test {

using namespace store;

class FaultFile final : public File {
 public:
  FaultFile(FaultIo* io, std::string path, std::unique_ptr<File> file)
      : io_(io), path_(std::move(path)), file_(std::move(file)) {}

  Status WriteAt(int64_t offset, Bytes data) override {
    Remember(offset, data.size());
    if (!io_->Fails(FaultPoint::kWrite, path_)) return file_->WriteAt(offset, data);
    if (io_->write_half_) (void)file_->WriteAt(offset, data.first(data.size() / 2)).ok();
    return io_->Error(path_);
  }
  Result<size_t> ReadAt(int64_t offset, std::span<uint8_t> into) override {
    if (io_->Fails(FaultPoint::kRead, path_)) return io_->Error(path_);
    return file_->ReadAt(offset, into);
  }
  Status SyncData() override {
    if (io_->on_sync_) io_->on_sync_();
    if (io_->Fails(FaultPoint::kSync, path_)) return io_->Error(path_);
    ++io_->syncs_;
    {
      std::lock_guard lock(io_->mutex_);
      std::erase_if(io_->unsynced_, [&](const auto& undo) { return undo.path == path_; });
    }
    return file_->SyncData();
  }
  Status Allocate(int64_t offset, int64_t length) override {
    if (io_->Fails(FaultPoint::kAllocate, path_)) {
      return Status(StatusCode::kNoSpace, "Cannot allocate " + path_ + ": no space (injected).");
    }
    return file_->Allocate(offset, length);
  }
  Status Zero(int64_t offset, int64_t length, bool keep_blocks) override {
    return file_->Zero(offset, length, keep_blocks);
  }
  bool MayHoldData(int64_t offset) override { return file_->MayHoldData(offset); }
  Status Resize(int64_t size) override { return file_->Resize(size); }
  Result<int64_t> Size() const override { return file_->Size(); }
  Result<std::unique_ptr<Mapping>> Map(int64_t length, MapMode mode) override {
    return file_->Map(length, mode);
  }
  Status Lock() override { return file_->Lock(); }

 private:
  void Remember(int64_t offset, size_t size) {
    std::vector<uint8_t> before(size);
    const Result<size_t> done = file_->ReadAt(offset, before);
    before.resize(done.ok() ? done.value() : 0);
    std::lock_guard lock(io_->mutex_);
    io_->unsynced_.push_back({path_, offset, std::move(before)});
  }

  FaultIo* const io_;
  const std::string path_;
  const std::unique_ptr<File> file_;
};

void FaultIo::FailAfter(FaultPoint point, int after, int count, std::string part) {
  std::lock_guard lock(mutex_);
  point_ = point;
  pass_ = after;
  fail_ = count;
  part_ = std::move(part);
}

void FaultIo::Heal() {
  std::lock_guard lock(mutex_);
  fail_ = 0;
}

bool FaultIo::Fails(FaultPoint point, const std::string& path) {
  std::lock_guard lock(mutex_);
  if (fail_ == 0 || point != point_ || path.find(part_) == std::string::npos) return false;
  if (pass_ > 0) {
    --pass_;
    return false;
  }
  --fail_;
  return true;
}

Status FaultIo::Error(const std::string& path) const {
  return Status(StatusCode::kIoError, "Cannot use " + path + ": injected fault.");
}

void FaultIo::LosePower() {
  std::lock_guard lock(mutex_);
  for (auto undo = unsynced_.rbegin(); undo != unsynced_.rend(); ++undo) {
    Result<std::unique_ptr<File>> file = disk_->Open(undo->path, OpenMode::kReadWrite);
    if (file.ok()) (void)file.value()->WriteAt(undo->offset, undo->before).ok();
  }
  unsynced_.clear();
}

Result<std::unique_ptr<File>> FaultIo::Open(const std::string& path, OpenMode mode) {
  if (Fails(FaultPoint::kOpen, path)) return Error(path);
  Result<std::unique_ptr<File>> file = disk_->Open(path, mode);
  if (!file.ok()) return file.status();
  return std::unique_ptr<File>(std::make_unique<FaultFile>(this, path, file.take()));
}

}  // namespace apogee::test
