// SPDX-License-Identifier: Apache-2.0
#include "store/store_directory.h"

#include <array>
#include <string_view>

namespace apogee::store {
namespace {

constexpr std::string_view kLockText = "lock";
/// Second line of `abort`; Apache writes and looks for the first only.
constexpr std::string_view kBootPrefix = "boot ";

Bytes AsBytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

Status Foreign(const std::string& what, const std::string& cure) {
  return Status(StatusCode::kBadFormat, what + " " + cure);
}

}  // namespace

Status StoreDirectory::Acquire() {
  for (const std::string& dir : {paths_.root, paths_.commit_log, paths_.consume_queue}) {
    if (Status status = io_->CreateDirectories(dir); !status.ok()) return status;
  }
  Result<std::unique_ptr<File>> lock = io_->Open(paths_.lock, OpenMode::kCreate);
  if (!lock.ok()) return lock.status();
  if (Status status = lock.value()->Lock(); !status.ok()) return status;
  lock_ = lock.take();
  if (Status status = lock_->WriteAt(0, AsBytes(kLockText)); !status.ok()) return status;
  if (Status status = RefuseForeignFormats(); !status.ok()) return status;
  ReadAbort();
  return Status::Ok();
}

Status StoreDirectory::RefuseForeignFormats() {
  for (const std::string& dir : {paths_.consume_queue, paths_.root + "/consumequeue_rocksdb"}) {
    if (!io_->Stat(dir + "/CURRENT").exists) continue;
    return Foreign(
        dir + "/CURRENT shows that the consume queues of this store are kept in RocksDB.",
        "Start it with Apache RocketMQ and storeType=default once to convert it, or "
        "choose another storePathRootDir.");
  }
  Result<std::vector<DirEntry>> entries = io_->List(paths_.root);
  if (!entries.ok()) return entries.status();
  for (const DirEntry& entry : entries.value()) {
    if (!entry.is_directory || !entry.name.starts_with("dledger")) continue;
    return Foreign(paths_.root + "/" + entry.name + " holds a DLedger commit log.",
                   "DLedger stores are not supported; choose another storePathRootDir and "
                   "replicate the messages into it.");
  }
  const PathInfo batch = io_->Stat(paths_.root + "/batchconsumequeue");
  if (batch.exists && batch.is_directory) {
    Result<std::vector<DirEntry>> topics = io_->List(paths_.root + "/batchconsumequeue");
    if (!topics.ok()) return topics.status();
    if (!topics.value().empty()) {
      return Foreign(paths_.root + "/batchconsumequeue/" + topics.value().front().name +
                         " is a batch queue (queue.type=BatchCQ).",
                     "Batch queues are not supported; delete the topic with Apache RocketMQ or "
                     "choose another storePathRootDir.");
    }
  }
  return Status::Ok();
}

void StoreDirectory::ReadAbort() {
  unclean_ = io_->Stat(paths_.abort).exists;
  if (!unclean_) return;
  Result<std::unique_ptr<File>> file = io_->Open(paths_.abort, OpenMode::kReadOnly);
  if (!file.ok()) return;
  std::array<uint8_t, 128> bytes{};
  Result<size_t> done = file.value()->ReadAt(0, bytes);
  if (!done.ok()) return;
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), done.value());
  const std::string boot = io_->BootId();
  same_boot_ = !boot.empty() && text.ends_with("\n" + std::string(kBootPrefix) + boot);
}

Status StoreDirectory::MarkRunning() {
  std::string text = std::to_string(io_->ProcessId());
  if (const std::string boot = io_->BootId(); !boot.empty()) {
    text += "\n" + std::string(kBootPrefix) + boot;
  }
  Result<std::unique_ptr<File>> file = io_->Open(paths_.abort, OpenMode::kCreate);
  if (!file.ok()) return file.status();
  if (Status status = file.value()->Resize(0); !status.ok()) return status;
  if (Status status = file.value()->WriteAt(0, AsBytes(text)); !status.ok()) return status;
  if (Status status = file.value()->SyncData(); !status.ok()) return status;
  return io_->SyncDirectory(paths_.root);
}

Status StoreDirectory::MarkClean() {
  if (Status status = io_->Remove(paths_.abort); !status.ok()) return status;
  return io_->SyncDirectory(paths_.root);
}

}  // namespace apogee::store
