// SPDX-License-Identifier: Apache-2.0
#include "store/recovery.h"

#include "store/crc32.h"
#include "store/endian.h"

namespace apogee::store {
namespace {

Verdict Invalid(const char* reason) { return {RecordKind::kInvalid, 0, reason}; }

/// Takes fields from the front of a record; refuses to go past its end.
class Cursor {
 public:
  explicit Cursor(Bytes bytes) : bytes_(bytes) {}
  bool Take(int64_t size, Bytes* field) {
    if (size < 0 || size > static_cast<int64_t>(bytes_.size())) return false;
    *field = bytes_.first(static_cast<size_t>(size));
    bytes_ = bytes_.subspan(static_cast<size_t>(size));
    return true;
  }
  bool AtEnd() const { return bytes_.empty(); }

 private:
  Bytes bytes_;
};

/// Body, topic and properties, which fill the record to its last byte.
bool ParseVariablePart(Cursor cursor, bool magic_v2, RecordView* record) {
  Bytes field;
  if (!cursor.Take(4, &field) || !cursor.Take(LoadI32(field.data()), &record->body)) return false;
  if (!cursor.Take(magic_v2 ? 2 : 1, &field)) return false;
  const int32_t topic_size = magic_v2 ? LoadI16(field.data()) : field[0];
  if (!cursor.Take(topic_size, &field)) return false;
  record->topic = {reinterpret_cast<const char*>(field.data()), field.size()};
  if (!cursor.Take(2, &field) || !cursor.Take(LoadI16(field.data()), &record->properties)) {
    return false;
  }
  return cursor.AtEnd();
}

bool ParseRecord(Bytes bytes, RecordView* record) {
  using namespace record_layout;
  const uint8_t* at = bytes.data();
  record->size = LoadI32(at + kTotalSize);
  record->body_crc = LoadI32(at + kBodyCrc);
  record->queue_id = LoadI32(at + kQueueId);
  record->queue_offset = LoadI64(at + kQueueOffset);
  record->physical_offset = LoadI64(at + kPhysicalOffset);
  record->sys_flag = LoadI32(at + kSysFlag);
  Cursor cursor(bytes);
  Bytes field;
  const bool born_v6 = (record->sys_flag & sys_flag::kBornHostV6) != 0;
  const bool store_v6 = (record->sys_flag & sys_flag::kStoreHostV6) != 0;
  if (!cursor.Take(kBornHost + (born_v6 ? kHostSizeV6 : kHostSizeV4), &field)) return false;
  if (!cursor.Take(kStoreTimestampSize, &field)) return false;
  record->store_timestamp = LoadI64(field.data());
  // Store host, reconsumeTimes, preparedTransactionOffset.
  if (!cursor.Take((store_v6 ? kHostSizeV6 : kHostSizeV4) + 4 + 8, &field)) return false;
  return ParseVariablePart(cursor, LoadI32(at + kMagic) == kMagicV2, record);
}

}  // namespace

Verdict JudgeRecord(Bytes bytes, int64_t file_remaining, PhysicalOffset position, CrcCheck crc,
                    RecordView* record) {
  using namespace record_layout;
  if (file_remaining < kBlankSize) return Invalid("less than 8 bytes are left in the file");
  if (bytes.size() < kBlankSize) return {RecordKind::kNeedMore, kBlankSize, "needs more bytes"};
  const int32_t size = LoadI32(bytes.data() + kTotalSize);
  const int32_t magic = LoadI32(bytes.data() + kMagic);
  if (size <= 0 || size > file_remaining) return Invalid("the size does not fit the file");
  if (magic == kMagicBlank) {
    if (size != file_remaining) return Invalid("a filler that does not reach the end of its file");
    return {RecordKind::kBlank, file_remaining, "end of the file"};
  }
  if (magic != kMagicV1 && magic != kMagicV2) return Invalid("no record starts here");
  if (size < kMinimumSize) return Invalid("the size is smaller than any record");
  if (bytes.size() < static_cast<size_t>(size)) {
    return {RecordKind::kNeedMore, size, "needs more bytes"};
  }
  if (!ParseRecord(bytes.first(static_cast<size_t>(size)), record)) {
    return Invalid("the lengths inside do not add up to the size");
  }
  if (record->physical_offset != position) return Invalid("it belongs to another position");
  if (crc == CrcCheck::kVerify && !record->body.empty() &&
      BodyCrc(record->body) != record->body_crc) {
    return Invalid("the body does not match its CRC");
  }
  return {RecordKind::kRecord, size, ""};
}

}  // namespace apogee::store
