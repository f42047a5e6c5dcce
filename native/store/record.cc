// SPDX-License-Identifier: Apache-2.0
#include "store/record.h"

#include <cstring>

#include "store/crc32.h"
#include "store/endian.h"

namespace apogee::store {
namespace {

uint8_t* PutHost(uint8_t* to, const HostAddress& host) {
  if (host.length == 4) {
    std::memcpy(to, host.bytes, 4);
    StoreI32(to + 4, host.port);
    return to + record_layout::kHostSizeV4;
  }
  std::memcpy(to, host.bytes, 16);
  StoreI32(to + 16, host.port);
  return to + record_layout::kHostSizeV6;
}

uint8_t* PutBytes(uint8_t* to, const void* from, size_t size) {
  if (size > 0) std::memcpy(to, from, size);
  return to + size;
}

int32_t HostSize(const HostAddress& host) {
  return host.length == 4 ? record_layout::kHostSizeV4 : record_layout::kHostSizeV6;
}

}  // namespace

int64_t RecordBaseSize(size_t topic_size, bool magic_v2, const HostAddress& born_host,
                       const HostAddress& store_host) {
  return record_layout::kMinimumSize - 2 * record_layout::kHostSizeV4 + HostSize(born_host) +
         HostSize(store_host) + (magic_v2 ? 1 : 0) + static_cast<int64_t>(topic_size);
}

int32_t WithHostBits(int32_t flags, const HostAddress& born_host, const HostAddress& store_host) {
  flags &= ~(sys_flag::kBornHostV6 | sys_flag::kStoreHostV6);
  if (born_host.length != 4) flags |= sys_flag::kBornHostV6;
  if (store_host.length != 4) flags |= sys_flag::kStoreHostV6;
  return flags;
}

void EncodeRecord(uint8_t* to, const RecordSpec& spec) {
  using namespace record_layout;
  StoreI32(to + kTotalSize, spec.size);
  StoreI32(to + kMagic, spec.magic);
  StoreI32(to + kBodyCrc, BodyCrc(spec.body));
  StoreI32(to + kQueueId, spec.queue_id);
  StoreI32(to + kFlag, spec.flag);
  StoreI64(to + kQueueOffset, spec.queue_offset);
  StoreI64(to + kPhysicalOffset, spec.physical_offset);
  StoreI32(to + kSysFlag, spec.sys_flag);
  StoreI64(to + kBornTimestamp, spec.born_timestamp);
  uint8_t* at = PutHost(to + kBornHost, *spec.born_host);
  StoreI64(at, spec.store_timestamp);
  at = PutHost(at + kStoreTimestampSize, *spec.store_host);
  StoreI32(at, spec.reconsume_times);
  StoreI64(at + 4, spec.prepared_transaction_offset);
  StoreI32(at + 12, static_cast<int32_t>(spec.body.size()));
  at = PutBytes(at + kTailSize, spec.body.data(), spec.body.size());
  if (spec.magic == kMagicV2) {
    StoreI16(at, static_cast<int16_t>(spec.topic.size()));
    at += 2;
  } else {
    *at++ = static_cast<uint8_t>(spec.topic.size());
  }
  at = PutBytes(at, spec.topic.data(), spec.topic.size());
  StoreI16(at, static_cast<int16_t>(spec.properties.size()));
  PutBytes(at + 2, spec.properties.data(), spec.properties.size());
}

TimestampMs RecordStoreTimestamp(const uint8_t* record, size_t size) {
  using namespace record_layout;
  if (size < kBornHost + kHostSizeV6 + kStoreTimestampSize) return -1;
  const bool v6 = (LoadI32(record + kSysFlag) & sys_flag::kBornHostV6) != 0;
  return LoadI64(record + kBornHost + (v6 ? kHostSizeV6 : kHostSizeV4));
}

}  // namespace apogee::store
