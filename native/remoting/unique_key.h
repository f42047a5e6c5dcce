// SPDX-License-Identifier: Apache-2.0
/// Message ids made by the broker. Spec remoting §3.6.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "store/message_store.h"

namespace apogee::remoting {

/// UNIQ_KEYs for messages that come without one: the process's prefix, milliseconds since the
/// start of the local month, a counter. Source: MessageClientIDSetter.
class UniqueKeySource {
 public:
  void SetPrefix(std::string prefix) { prefix_ = std::move(prefix); }
  /// The view stays valid until the next call.
  std::string_view Next(store::TimestampMs now_ms);

 private:
  void StartMonth(store::TimestampMs now_ms);

  std::string prefix_;
  std::string key_;
  store::TimestampMs month_start_ms_ = 0;
  store::TimestampMs next_month_ms_ = 0;
  uint16_t counter_ = 0;
};

/// Upper-case hex of `value`, big-endian, 2 digits per byte. Returns the end.
char* PutHex(char* to, uint64_t value, int bytes);

/// Upper-case hex of a store host: the front of every offsetMsgId.
std::string MessageIdPrefix(const store::HostAddress& store_host);

}  // namespace apogee::remoting
