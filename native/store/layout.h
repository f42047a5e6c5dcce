// SPDX-License-Identifier: Apache-2.0
/// Offsets, sizes and constants of everything the store keeps on disk. Explained with a worked
/// example in native/FORMAT.md.
#pragma once

#include <cstdint>

namespace apogee::store {

/// Commit log record, spec §2.1. Offsets behind bornHost hold for IPv4 hosts.
namespace record_layout {
inline constexpr int32_t kTotalSize = 0;
inline constexpr int32_t kMagic = 4;
inline constexpr int32_t kBodyCrc = 8;
inline constexpr int32_t kQueueId = 12;
inline constexpr int32_t kFlag = 16;
inline constexpr int32_t kQueueOffset = 20;
inline constexpr int32_t kPhysicalOffset = 28;
inline constexpr int32_t kSysFlag = 36;
inline constexpr int32_t kBornTimestamp = 40;
inline constexpr int32_t kBornHost = 48;
inline constexpr int32_t kHostSizeV4 = 8;
inline constexpr int32_t kHostSizeV6 = 20;
/// Sizes of the fields behind bornHost and storeHost.
inline constexpr int32_t kStoreTimestampSize = 8;
inline constexpr int32_t kTailSize = 4 + 8 + 4;
/// A record with two IPv4 hosts, a one-byte topic length and nothing in it.
inline constexpr int32_t kMinimumSize = 91;

static_assert(kBornHost + 2 * kHostSizeV4 + kStoreTimestampSize + kTailSize + 1 + 2 ==
              kMinimumSize);
}  // namespace record_layout

inline constexpr int32_t kMagicV1 = -626843481;     // DA A3 20 A7
inline constexpr int32_t kMagicV2 = -626843477;     // DA A3 20 AB
inline constexpr int32_t kMagicBlank = -875286124;  // CB D4 31 94
/// The filler at the end of a commit log file: i32 remaining bytes, i32 kMagicBlank.
inline constexpr int32_t kBlankSize = 8;

namespace sys_flag {
inline constexpr int32_t kTransactionMask = 12;
inline constexpr int32_t kTransactionPrepared = 4;
inline constexpr int32_t kTransactionRollback = 12;
inline constexpr int32_t kBornHostV6 = 16;
inline constexpr int32_t kStoreHostV6 = 32;
}  // namespace sys_flag

inline constexpr int32_t kMaxPropertiesSize = 32'767;
inline constexpr int32_t kMaxTopicSize = 127;
inline constexpr int32_t kMaxRetryTopicSize = 255;
/// A whole record may be this much larger than maxMessageSize.
inline constexpr int32_t kRecordOverhead = 65'536;

/// Consume queue entry, spec §3.1.
namespace queue_layout {
inline constexpr int32_t kPhysicalOffset = 0;
inline constexpr int32_t kSize = 8;
inline constexpr int32_t kTagsCode = 12;
inline constexpr int32_t kEntrySize = 20;
/// Size field of the entries that fill a queue's first file up to its first message.
inline constexpr int32_t kPreFillSize = 2'147'483'647;
}  // namespace queue_layout

/// Index file, spec §4.
namespace index_layout {
inline constexpr int32_t kBeginTimestamp = 0;
inline constexpr int32_t kEndTimestamp = 8;
inline constexpr int32_t kBeginPhysical = 16;
inline constexpr int32_t kEndPhysical = 24;
inline constexpr int32_t kSlotCount = 32;
inline constexpr int32_t kIndexCount = 36;
inline constexpr int32_t kHeaderSize = 40;
inline constexpr int32_t kSlotSize = 4;
inline constexpr int32_t kEntryHash = 0;
inline constexpr int32_t kEntryPhysical = 4;
inline constexpr int32_t kEntrySeconds = 12;
inline constexpr int32_t kEntryPrevious = 16;
inline constexpr int32_t kEntrySize = 20;
}  // namespace index_layout

/// Checkpoint, spec §5.1 and delta §5.1.
namespace checkpoint_layout {
inline constexpr int32_t kPhysicMsgTimestamp = 0;
inline constexpr int32_t kLogicsMsgTimestamp = 8;
inline constexpr int32_t kIndexMsgTimestamp = 16;
inline constexpr int32_t kMasterFlushedOffset = 24;
inline constexpr int32_t kConfirmPhysicalOffset = 32;
inline constexpr int32_t kLogicsPhysicalOffset = 40;
inline constexpr int32_t kUsedSize = 48;
inline constexpr int32_t kFileSize = 4096;
}  // namespace checkpoint_layout

/// All page arithmetic of the format uses this, whatever the machine's page is.
inline constexpr int64_t kPageSize = 4096;
/// Digits of a data file's name: its start offset.
inline constexpr int32_t kFileNameDigits = 20;

}  // namespace apogee::store
