// SPDX-License-Identifier: Apache-2.0
#include "store/checkpoint.h"

#include <array>

#include "store/endian.h"
#include "store/layout.h"

namespace apogee::store {

using namespace checkpoint_layout;

Status Checkpoint::Load() {
  Result<std::unique_ptr<File>> file = io_->Open(path_, OpenMode::kCreate);
  if (!file.ok()) return file.status();
  file_ = file.take();
  std::array<uint8_t, kUsedSize> bytes{};
  Result<size_t> done = file_->ReadAt(0, bytes);
  if (!done.ok()) return done.status();
  if (done.value() < bytes.size()) {
    if (Status status = file_->Allocate(0, kFileSize); !status.ok()) return status;
  }
  stored_.physic_msg_timestamp = LoadI64(&bytes[kPhysicMsgTimestamp]);
  stored_.logics_msg_timestamp = LoadI64(&bytes[kLogicsMsgTimestamp]);
  stored_.index_msg_timestamp = LoadI64(&bytes[kIndexMsgTimestamp]);
  stored_.master_flushed_offset = LoadI64(&bytes[kMasterFlushedOffset]);
  stored_.confirm_physical_offset = LoadI64(&bytes[kConfirmPhysicalOffset]);
  stored_.logics_physical_offset = LoadI64(&bytes[kLogicsPhysicalOffset]);
  return Status::Ok();
}

Status Checkpoint::Store(const CheckpointValues& values) {
  if (values == stored_) return Status::Ok();
  std::array<uint8_t, kUsedSize> bytes{};
  StoreI64(&bytes[kPhysicMsgTimestamp], values.physic_msg_timestamp);
  StoreI64(&bytes[kLogicsMsgTimestamp], values.logics_msg_timestamp);
  StoreI64(&bytes[kIndexMsgTimestamp], values.index_msg_timestamp);
  StoreI64(&bytes[kMasterFlushedOffset], values.master_flushed_offset);
  StoreI64(&bytes[kConfirmPhysicalOffset], values.confirm_physical_offset);
  StoreI64(&bytes[kLogicsPhysicalOffset], values.logics_physical_offset);
  if (Status status = file_->WriteAt(0, bytes); !status.ok()) return status;
  if (Status status = file_->SyncData(); !status.ok()) return status;
  stored_ = values;
  return Status::Ok();
}

}  // namespace apogee::store
