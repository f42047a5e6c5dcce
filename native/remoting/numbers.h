// SPDX-License-Identifier: Apache-2.0
/// Decimal integers as text, strictly: a sign, digits, nothing else.
#pragma once

#include <charconv>
#include <cstdint>
#include <string_view>

namespace apogee::remoting {

/// False when `text` is not a decimal integer that fits.
template <typename Integer>
bool ParseInteger(std::string_view text, Integer* value) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, *value);
  return error == std::errc() && stop == end;
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
