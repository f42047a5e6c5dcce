// SPDX-License-Identifier: Apache-2.0
/// Decimal integers as text, strictly: a sign, digits, nothing else.
#pragma once

#include <charconv>
#include <cstdint>
#include <limits>
#include <string_view>

namespace apogee::remoting {

/// What may overflow or has a sign.
template <typename Integer>
bool ParseLongInteger(std::string_view text, Integer* value) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, *value);
  return error == std::errc() && stop == end;
}

/// False when `text` is not a decimal integer that fits.
template <typename Integer>
bool ParseInteger(std::string_view text, Integer* value) {
  constexpr size_t kSafeDigits = std::numeric_limits<Integer>::digits10;
  if (text.empty() || text.size() > kSafeDigits) return ParseLongInteger(text, value);
  Integer sum = 0;
  for (const char c : text) {
    const auto digit = static_cast<uint8_t>(c - '0');
    if (digit > 9) return ParseLongInteger(text, value);
    sum = static_cast<Integer>(sum * 10 + digit);
  }
  *value = sum;
  return true;
}

/// Only "true" in any case is true. Source: Boolean.parseBoolean.
inline bool ParseBoolean(std::string_view text) {
  if (text.size() != 4) return false;
  constexpr std::string_view kTrue = "true";
  for (size_t i = 0; i < 4; i++) {
    if ((text[i] | 0x20) != kTrue[i]) return false;
  }
  return true;
}

}  // namespace apogee::remoting
