// SPDX-License-Identifier: Apache-2.0
#include "store/paths.h"

#include <charconv>

#include "store/layout.h"

namespace apogee::store {

StorePaths::StorePaths(const StoreOptions& options)
    : root(options.root_dir),
      commit_log(options.commit_log_dir.empty() ? root + "/commitlog" : options.commit_log_dir),
      consume_queue(root + "/consumequeue"),
      index(root + "/index"),
      checkpoint(root + "/checkpoint"),
      abort(root + "/abort"),
      lock(root + "/lock") {}

std::string DataFileName(int64_t offset) {
  const std::string digits = std::to_string(offset);
  return std::string(static_cast<size_t>(kFileNameDigits) - digits.size(), '0') + digits;
}

std::optional<int64_t> ParseDataFileName(std::string_view name) {
  int64_t offset = 0;
  const char* const end = name.data() + name.size();
  const auto [at, error] = std::from_chars(name.data(), end, offset);
  if (error != std::errc() || at != end || offset < 0) return std::nullopt;
  return offset;
}

}  // namespace apogee::store
