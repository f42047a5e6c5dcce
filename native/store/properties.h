// SPDX-License-Identifier: Apache-2.0
/// The property string of a record: `name 0x01 value 0x02`, repeated. Spec §2.4.
#pragma once

#include <cstdint>
#include <string_view>

#include "store/io.h"

namespace apogee::store {

/// The properties that dispatch looks at; empty when absent. Views into the scanned bytes.
struct DispatchProperties {
  std::string_view tags;
  std::string_view keys;
  std::string_view uniq_key;
  std::string_view delay;
};

/// A later property of the same name wins. Segments without a separator or a value do not count.
/// Source: MessageDecoder.string2messageProperties.
DispatchProperties ScanProperties(Bytes properties);

/// Calls `visit` with each non-empty token of `keys`, split at single spaces.
template <typename Visit>
void ForEachKey(std::string_view keys, Visit visit) {
  while (!keys.empty()) {
    const size_t space = keys.find(' ');
    const std::string_view token = keys.substr(0, space);
    if (!token.empty()) visit(token);
    if (space == std::string_view::npos) return;
    keys.remove_prefix(space + 1);
  }
}

}  // namespace apogee::store
