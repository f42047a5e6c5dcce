// SPDX-License-Identifier: Apache-2.0
/// One message as it lies in the commit log; layout.h names the offsets, FORMAT.md shows them.
#pragma once

#include <cstdint>
#include <string_view>

#include "store/io.h"
#include "store/layout.h"
#include "store/message_store.h"

namespace apogee::store {

/// What EncodeRecord writes. All views are borrowed for the call.
struct RecordSpec {
  int32_t size = 0;
  int32_t magic = kMagicV1;
  int32_t queue_id = 0;
  int32_t flag = 0;
  QueueOffset queue_offset = 0;
  PhysicalOffset physical_offset = 0;
  /// With the host bits that match the hosts.
  int32_t sys_flag = 0;
  TimestampMs born_timestamp = 0;
  const HostAddress* born_host = nullptr;
  TimestampMs store_timestamp = 0;
  const HostAddress* store_host = nullptr;
  int32_t reconsume_times = 0;
  PhysicalOffset prepared_transaction_offset = 0;
  Bytes body;
  std::string_view topic;
  Bytes properties;
};

/// Size of a record without its body and properties.
int64_t RecordBaseSize(size_t topic_size, bool magic_v2, const HostAddress& born_host,
                       const HostAddress& store_host);

/// sys_flag with the two host bits set as the addresses ask for.
int32_t WithHostBits(int32_t flags, const HostAddress& born_host, const HostAddress& store_host);

/// Writes spec.size bytes, computing the body's CRC.
void EncodeRecord(uint8_t* to, const RecordSpec& spec);

/// A parsed record. All views point into the parsed bytes.
struct RecordView {
  int32_t size = 0;
  int32_t queue_id = 0;
  QueueOffset queue_offset = 0;
  PhysicalOffset physical_offset = 0;
  int32_t sys_flag = 0;
  TimestampMs store_timestamp = 0;
  Bytes body;
  int32_t body_crc = 0;
  std::string_view topic;
  Bytes properties;
};

/// True for the transaction types that get no queue offset and no consume queue entry.
inline bool TakesNoQueueOffset(int32_t sys_flags) {
  const int32_t type = sys_flags & sys_flag::kTransactionMask;
  return type == sys_flag::kTransactionPrepared || type == sys_flag::kTransactionRollback;
}

/// Store time of the record whose first `size` bytes are at `record`; -1 when they do not reach.
TimestampMs RecordStoreTimestamp(const uint8_t* record, size_t size);

}  // namespace apogee::store
