// SPDX-License-Identifier: Apache-2.0
/// The header of one frame, read in place: values are views of the frame, no text is decoded until
/// somebody asks for it. Spec remoting §1.2 to §1.4.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace apogee::remoting {

enum class Codec : uint8_t { kJson = 0, kRocketMq = 1 };

inline constexpr int32_t kFlagResponse = 1;
inline constexpr int32_t kFlagOneway = 2;

/// One entry of extFields. `escaped`: the value still holds JSON escapes.
struct HeaderField {
  std::string_view name;
  std::string_view value;
  bool escaped;
};

/// A header with more fields than this is not served natively.
inline constexpr size_t kMaxHeaderFields = 48;

/// Reused from frame to frame; Clear makes it ready for the next.
struct Header {
  Codec codec;
  int32_t code;
  int32_t opaque;
  int32_t flag;
  size_t field_count;
  std::array<HeaderField, kMaxHeaderFields> fields;

  void Clear(Codec of) {
    codec = of;
    code = opaque = flag = 0;
    field_count = 0;
  }
  bool IsResponse() const { return (flag & kFlagResponse) != 0; }
  bool IsOneway() const { return (flag & kFlagOneway) != 0; }
  bool Add(std::string_view name, std::string_view value, bool escaped) {
    if (field_count == kMaxHeaderFields) return false;
    fields[field_count] = HeaderField{name, value, escaped};
    field_count += 1;
    return true;
  }
};

enum class HeaderVerdict : uint8_t {
  kRead,
  /// Maybe legal, but outside what hot requests look like: the slow decoder judges it.
  kUnusual,
  /// No decoder can read it: the connection is broken.
  kMalformed,
};

/// `error` says what is wrong when the verdict is kMalformed.
HeaderVerdict ReadJsonHeader(std::string_view text, Header* header, const char** error);
HeaderVerdict ReadBinaryHeader(std::string_view bytes, Header* header, const char** error);

}  // namespace apogee::remoting
