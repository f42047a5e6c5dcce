// SPDX-License-Identifier: Apache-2.0
/// What recovery decides about bytes found in a commit log: pure functions, bytes in, verdict out.
#pragma once

#include <cstdint>

#include "store/record.h"

namespace apogee::store {

enum class RecordKind : uint8_t {
  kRecord,
  /// Filler: the rest of the file holds nothing, the log goes on in the next one.
  kBlank,
  /// The bytes given end inside what could be a record of Verdict::size bytes.
  kNeedMore,
  kInvalid,
};

struct Verdict {
  RecordKind kind = RecordKind::kInvalid;
  /// Bytes from this record to the next one; of kBlank, to the end of the file.
  int64_t size = 0;
  /// Why, for the log; empty for kRecord.
  const char* reason = "";
};

enum class CrcCheck : bool { kSkip = false, kVerify = true };

/// Judges the bytes at `position` of the log. `file_remaining` is the distance to the end of the
/// file; `bytes` holds that much or less. A record whose physicalOffset is not `position` is
/// stale, a leftover of an earlier life of the file, and invalid.
/// Source: CommitLog.checkMessageAndReturnSize, spec §5.4.
Verdict JudgeRecord(Bytes bytes, int64_t file_remaining, PhysicalOffset position, CrcCheck crc,
                    RecordView* record);

}  // namespace apogee::store
