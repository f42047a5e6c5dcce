// SPDX-License-Identifier: Apache-2.0
/// Walks the records of a commit log in order, with read calls. Used by recovery and by dispatch
/// when it has to go back to the log.
#pragma once

#include <memory>
#include <vector>

#include "store/recovery.h"
#include "store/segment.h"

namespace apogee::store {

enum class ScanStep : uint8_t {
  kRecord,
  /// The limit, or the end of the last file.
  kEnd,
  /// What lies at position() is no record: the log ends here.
  kInvalid,
  /// A read failed, or a file in the middle is missing; status() says which.
  kFailed,
};

class LogScanner {
 public:
  /// Records that end at or below `limit` are visited. `from` is a record boundary.
  LogScanner(std::shared_ptr<const SegmentList> segments, PhysicalOffset from, PhysicalOffset limit,
             CrcCheck crc);

  ScanStep Next();
  /// After kRecord: the record, valid until the next call.
  const RecordView& record() const { return record_; }
  /// Where the next record begins or would begin.
  PhysicalOffset position() const { return position_; }
  const char* reason() const { return reason_; }
  const Status& status() const { return status_; }

 private:
  ScanStep NextFile(const Segment& full);
  bool Fill(const Segment& segment, int64_t size);

  const std::shared_ptr<const SegmentList> segments_;
  PhysicalOffset position_;
  const PhysicalOffset limit_;
  const CrcCheck crc_;
  /// Bytes of the log from buffer_start_.
  std::vector<uint8_t> buffer_;
  PhysicalOffset buffer_start_ = 0;
  size_t buffer_used_ = 0;
  RecordView record_;
  const char* reason_ = "";
  Status status_;
};

}  // namespace apogee::store
