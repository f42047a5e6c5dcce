// SPDX-License-Identifier: Apache-2.0
#include "store/delay_levels.h"

#include <charconv>
#include <string>

namespace apogee::store {
namespace {

int64_t UnitMs(char unit) {
  switch (unit) {
    case 's':
      return 1000;
    case 'm':
      return 60 * 1000;
    case 'h':
      return 60 * 60 * 1000;
    case 'd':
      return 24 * 60 * 60 * 1000;
    default:
      return 0;
  }
}

}  // namespace

Result<std::vector<int64_t>> ParseDelayLevels(std::string_view text) {
  std::vector<int64_t> levels;
  while (!text.empty()) {
    const size_t space = text.find(' ');
    const std::string_view token = text.substr(0, space);
    text = space == std::string_view::npos ? std::string_view() : text.substr(space + 1);
    if (token.empty()) continue;
    const char* const last = token.data() + token.size() - 1;
    int32_t count = 0;
    const auto [at, error] = std::from_chars(token.data(), last, count);
    const int64_t unit = UnitMs(*last);
    if (error != std::errc() || at != last || unit == 0 || count < 0) {
      return Status(StatusCode::kInvalidArgument,
                    "messageDelayLevel: \"" + std::string(token) +
                        "\" is not a number followed by s, m, h or d.");
    }
    levels.push_back(count * unit);
  }
  return levels;
}

}  // namespace apogee::store
