// SPDX-License-Identifier: Apache-2.0
/// The value of messageDelayLevel.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "store/result.h"

namespace apogee::store {

/// "1s 5s 1m" → milliseconds of level 1, 2, 3. Units s, m, h, d.
Result<std::vector<int64_t>> ParseDelayLevels(std::string_view text);

}  // namespace apogee::store
