// SPDX-License-Identifier: Apache-2.0
/// A send request as the Java client writes it (310, or 320 with a batch body; UNIQ_KEY and WAIT
/// on every message), prepared once and patched for each send.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "options.h"

namespace apogee::bench {

class SendRequest {
 public:
  explicit SendRequest(const Options& options);

  /// Appends one request to `*output`. `stamp_ns` goes into the first eight bytes of every body.
  void Append(uint32_t opaque, int queue_id, int64_t born_ms, int64_t stamp_ns,
              std::string* output);

 private:
  void AddBatchItem(const std::string& properties, const std::string& body, std::string* items);

  Codec codec_;
  std::string frame_;
  size_t opaque_position_ = 0;
  size_t queue_id_position_ = 0;
  size_t born_position_ = 0;
  std::vector<size_t> unique_key_positions_;
  std::vector<size_t> body_positions_;
  uint64_t next_key_ = 0;
};

}  // namespace apogee::bench
