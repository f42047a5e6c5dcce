// SPDX-License-Identifier: Apache-2.0
/// Names of the files of a store, spec §1.1.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "store/message_store.h"

namespace apogee::store {

struct StorePaths {
  explicit StorePaths(const StoreOptions& options);

  std::string root;
  std::string commit_log;
  std::string consume_queue;
  std::string index;
  std::string checkpoint;
  std::string abort;
  std::string lock;
};

/// 20 digits, the name of the data file that starts at `offset`.
std::string DataFileName(int64_t offset);
/// The start offset a data file's name gives, or nothing when it is not a number.
std::optional<int64_t> ParseDataFileName(std::string_view name);

}  // namespace apogee::store
