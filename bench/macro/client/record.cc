// SPDX-License-Identifier: Apache-2.0
#include "record.h"

#include <array>

namespace apogee::bench {
namespace {

constexpr uint32_t kMagicV1 = 0xDAA320A7;
constexpr uint32_t kMagicV2 = 0xDAA320AB;
constexpr size_t kCrcAt = 8;
constexpr size_t kQueueIdAt = 12;
constexpr size_t kQueueOffsetAt = 20;
constexpr size_t kSysFlagAt = 36;
/// Where the body's length lies when both addresses are IPv4.
constexpr size_t kBodyLengthAt = 84;
constexpr size_t kMoreBytesOfV6 = 12;
constexpr int32_t kBornHostV6 = 0x10;
constexpr int32_t kStoreHostV6 = 0x20;

constexpr std::array<uint32_t, 256> MakeCrcTable() {
  std::array<uint32_t, 256> table{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320U : 0);
    table[byte] = crc;
  }
  return table;
}

/// CRC-32 (IEEE) without the sign bit, as records hold it.
uint32_t BodyCrc(Bytes body) {
  static constexpr std::array<uint32_t, 256> kTable = MakeCrcTable();
  uint32_t crc = 0xFFFFFFFF;
  for (const uint8_t byte : body) crc = (crc >> 8) ^ kTable[(crc ^ byte) & 0xFF];
  return ~crc & 0x7FFFFFFF;
}

}  // namespace

std::string ReadRecord(Bytes* rest, bool check_body, Record* record) {
  const uint8_t* at = rest->data();
  if (rest->size() < kBodyLengthAt) return "an answer ends within a record";
  const auto total = LoadBig<uint32_t>(at);
  if (total > rest->size() || total < kBodyLengthAt) return "a record has a wrong size";
  const auto magic = LoadBig<uint32_t>(at + 4);
  if (magic != kMagicV1 && magic != kMagicV2) return "a record has a wrong magic number";
  const int32_t sys_flag = LoadInt32(at + kSysFlagAt);
  size_t body_length_at = kBodyLengthAt;
  if ((sys_flag & kBornHostV6) != 0) body_length_at += kMoreBytesOfV6;
  if ((sys_flag & kStoreHostV6) != 0) body_length_at += kMoreBytesOfV6;
  if (body_length_at + 4 > total) return "a record is cut";
  const auto body_bytes = LoadBig<uint32_t>(at + body_length_at);
  if (body_bytes > total - body_length_at - 4) return "a body reaches beyond its record";
  record->queue_id = LoadInt32(at + kQueueIdAt);
  record->queue_offset = LoadInt64(at + kQueueOffsetAt);
  record->body = Bytes(at + body_length_at + 4, body_bytes);
  if (check_body && BodyCrc(record->body) != LoadBig<uint32_t>(at + kCrcAt)) {
    return "the body at queue offset " + std::to_string(record->queue_offset) +
           " does not match its CRC";
  }
  *rest = rest->subspan(total);
  return {};
}

}  // namespace apogee::bench
