// SPDX-License-Identifier: Apache-2.0
/// The fields of a stored message that a consumer checks (spec remoting §3.1).
#pragma once

#include <cstdint>
#include <string>

#include "bytes.h"

namespace apogee::bench {

struct Record {
  int32_t queue_id = 0;
  int64_t queue_offset = 0;
  Bytes body;
};

/// Takes one record off the front of `*rest`. Returns what is wrong with it, or nothing.
std::string ReadRecord(Bytes* rest, bool check_body, Record* record);

}  // namespace apogee::bench
