// SPDX-License-Identifier: Apache-2.0
/// Writes request headers in either codec as the Java client does (spec remoting §1.2, §1.3), and
/// remembers where values lie so that a prepared request can be patched and sent again.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "options.h"

namespace apogee::bench {

/// Every opaque has ten digits, so that it can be patched in a JSON header.
inline constexpr uint32_t kFirstOpaque = 1'000'000'000;
inline constexpr uint32_t kLastOpaque = 2'147'483'647;

class HeaderBuilder {
 public:
  /// Starts a frame at the end of `*frame`, which must outlive the builder.
  HeaderBuilder(Codec codec, int code, uint32_t opaque, std::string* frame);

  /// Adds an ext field. Returns the position of the value's first byte in `*frame`. In JSON the
  /// two separators of property strings become six bytes each.
  size_t Field(std::string_view key, std::string_view value);
  size_t Field(std::string_view key, int64_t value) { return Field(key, std::to_string(value)); }

  /// Ends the header and appends the body. No field after this.
  void Finish(std::string_view body);

  /// Position of the opaque: ten digits in JSON, four bytes in binary.
  size_t opaque_position() const { return opaque_position_; }

 private:
  Codec codec_;
  uint32_t opaque_;
  std::string* frame_;
  size_t start_;
  size_t ext_length_position_ = 0;
  size_t opaque_position_ = 0;
  bool has_fields_ = false;
};

/// Overwrites the opaque at `position` of a finished frame.
void PatchOpaque(Codec codec, char* frame, size_t position, uint32_t opaque);

}  // namespace apogee::bench
