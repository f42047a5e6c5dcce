// SPDX-License-Identifier: Apache-2.0
/// The header of a send: SEND_MESSAGE (10) with long names, SEND_MESSAGE_V2 (310) and
/// SEND_BATCH_MESSAGE (320) with one-letter names. Spec remoting §2.3.1.
#pragma once

#include <cstdint>
#include <string_view>

#include "remoting/header.h"
#include "remoting/text_scratch.h"

namespace apogee::remoting {

struct SendRequest {
  std::string_view topic;
  std::string_view properties;
  int32_t queue_id = 0;
  int32_t sys_flag = 0;
  int32_t flag = 0;
  int32_t reconsume_times = 0;
  int64_t born_timestamp = 0;
  bool batch = false;
};

/// False: a mandatory field is missing or a number is malformed; the processor names it.
bool DecodeSendRequest(const Header& header, bool short_names, TextScratch* scratch,
                       SendRequest* request);

}  // namespace apogee::remoting
