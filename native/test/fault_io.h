// SPDX-License-Identifier: Apache-2.0
/// A disk that fails when told to: the nth call of a kind on files whose path contains a text,
/// short writes, and the loss of bytes that were never synced.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "posix/posix_io.h"
#include "store/io.h"

namespace apogee::test {

enum class FaultPoint : uint8_t { kWrite, kSync, kAllocate, kRead, kOpen };

class FaultIo final : public store::Io {
 public:
  FaultIo() : disk_(posix::CreatePosixIo()) {}

  /// Lets `after` calls of `point` on paths with `part` pass and fails `count` following ones.
  void FailAfter(FaultPoint point, int after, int count = 1 << 30, std::string part = "");
  void Heal();
  /// A failing write leaves half of its bytes.
  void WriteHalfOnFailure(bool on) { write_half_ = on; }
  /// Called at the start of every sync, on the syncing thread.
  void OnSync(std::function<void()> hook) { on_sync_ = std::move(hook); }
  int syncs() const { return syncs_; }
  /// Undoes every WriteAt since the file's last sync, as a loss of power may. Mapped stores stay.
  /// No store may be open.
  void LosePower();

  store::Result<std::unique_ptr<store::File>> Open(const std::string& path,
                                                   store::OpenMode mode) override;
  store::PathInfo Stat(const std::string& path) override { return disk_->Stat(path); }
  store::Status Rename(const std::string& from, const std::string& to) override {
    return disk_->Rename(from, to);
  }
  store::Status Remove(const std::string& path) override { return disk_->Remove(path); }
  store::Status RemoveDirectory(const std::string& path) override {
    return disk_->RemoveDirectory(path);
  }
  store::Status CreateDirectories(const std::string& path) override {
    return disk_->CreateDirectories(path);
  }
  store::Result<std::vector<store::DirEntry>> List(const std::string& path) override {
    return disk_->List(path);
  }
  store::Status SyncDirectory(const std::string& path) override {
    return disk_->SyncDirectory(path);
  }
  store::Result<bool> SyncAll(const std::string& path) override { return disk_->SyncAll(path); }
  store::Result<store::DiskSpace> Space(const std::string& path) override {
    return disk_->Space(path);
  }
  int64_t PhysicalMemoryBytes() override { return disk_->PhysicalMemoryBytes(); }
  int64_t ProcessId() override { return disk_->ProcessId(); }
  std::string BootId() override { return boot_id; }
  std::string LocalTimestamp(int64_t epoch_ms) override { return disk_->LocalTimestamp(epoch_ms); }

  /// What BootId answers; change it for a machine that restarted.
  std::string boot_id = "boot-1";

 private:
  friend class FaultFile;

  struct Undo {
    std::string path;
    int64_t offset;
    std::vector<uint8_t> before;
  };

  bool Fails(FaultPoint point, const std::string& path);
  store::Status Error(const std::string& path) const;

  const std::unique_ptr<store::Io> disk_;
  std::mutex mutex_;
  FaultPoint point_ = FaultPoint::kWrite;
  int pass_ = 0;
  int fail_ = 0;
  std::string part_;
  std::atomic<bool> write_half_{false};
  std::function<void()> on_sync_;
  std::atomic<int> syncs_{0};
  std::vector<Undo> unsynced_;
};

}  // namespace apogee::test
