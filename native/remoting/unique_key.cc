// SPDX-License-Identifier: Apache-2.0
#include "remoting/unique_key.h"

#include <array>
#include <cstring>
#include <ctime>

namespace apogee::remoting {

namespace {

/// Two digits for each byte.
constexpr std::array<char, 512> kHexDigits = [] {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::array<char, 512> digits{};
  for (size_t byte = 0; byte < 256; byte++) {
    digits[byte * 2] = kDigits[byte >> 4];
    digits[byte * 2 + 1] = kDigits[byte & 15];
  }
  return digits;
}();

}  // namespace

char* PutHex(char* to, uint64_t value, int bytes) {
  for (int shift = bytes * 8 - 8; shift >= 0; shift -= 8) {
    std::memcpy(to, &kHexDigits[((value >> shift) & 0xFF) * 2], 2);
    to += 2;
  }
  return to;
}

std::string MessageIdPrefix(const store::HostAddress& store_host) {
  std::string prefix(static_cast<size_t>(store_host.length) * 2 + 8, '0');
  char* to = prefix.data();
  for (int i = 0; i < store_host.length; i++) to = PutHex(to, store_host.bytes[i], 1);
  PutHex(to, static_cast<uint32_t>(store_host.port), 4);
  return prefix;
}

std::string_view UniqueKeySource::Next(store::TimestampMs now_ms) {
  if (now_ms >= next_month_ms_) StartMonth(now_ms);
  int64_t elapsed = now_ms - month_start_ms_;
  // A clock that stepped back over the turn of a month gives 0, not a negative time.
  if (elapsed < 0) elapsed = 0;
  key_.assign(prefix_);
  key_.resize(prefix_.size() + 12);
  char* to = PutHex(key_.data() + prefix_.size(), static_cast<uint64_t>(elapsed), 4);
  PutHex(to, counter_, 2);
  counter_ = static_cast<uint16_t>(counter_ + 1);
  return key_;
}

void UniqueKeySource::StartMonth(store::TimestampMs now_ms) {
  const auto seconds = static_cast<std::time_t>(now_ms / 1000);
  std::tm local{};
  localtime_r(&seconds, &local);
  std::tm start{};
  start.tm_year = local.tm_year;
  start.tm_mon = local.tm_mon;
  start.tm_mday = 1;
  start.tm_isdst = -1;
  std::tm next = start;
  next.tm_mon += 1;
  month_start_ms_ = static_cast<store::TimestampMs>(std::mktime(&start)) * 1000;
  next_month_ms_ = static_cast<store::TimestampMs>(std::mktime(&next)) * 1000;
}

}  // namespace apogee::remoting
