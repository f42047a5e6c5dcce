// SPDX-License-Identifier: Apache-2.0
#include "store/properties.h"

#include <cstring>

namespace apogee::store {
namespace {

constexpr char kNameEnd = 1;
constexpr char kValueEnd = 2;

/// Sets *value when `segment` is `name` 0x01 value with a value that is not empty.
void Take(std::string_view segment, std::string_view name, std::string_view* value) {
  if (segment.size() <= name.size() + 1 || segment[name.size()] != kNameEnd) return;
  if (std::memcmp(segment.data(), name.data(), name.size()) != 0) return;
  *value = segment.substr(name.size() + 1);
}

}  // namespace

DispatchProperties ScanProperties(Bytes properties) {
  DispatchProperties found;
  std::string_view rest(reinterpret_cast<const char*>(properties.data()), properties.size());
  while (!rest.empty()) {
    const size_t end = rest.find(kValueEnd);
    const std::string_view segment = rest.substr(0, end);
    if (!segment.empty()) {
      switch (segment[0]) {
        case 'T':
          Take(segment, "TAGS", &found.tags);
          break;
        case 'K':
          Take(segment, "KEYS", &found.keys);
          break;
        case 'U':
          Take(segment, "UNIQ_KEY", &found.uniq_key);
          break;
        case 'D':
          Take(segment, "DELAY", &found.delay);
          break;
        default:
          break;
      }
    }
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  return found;
}

}  // namespace apogee::store
