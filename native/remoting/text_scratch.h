// SPDX-License-Identifier: Apache-2.0
/// Decoded text of header fields whose JSON holds escapes.
#pragma once

#include <memory>
#include <string_view>

#include "remoting/header.h"

namespace apogee::remoting {

/// Shape: one growing buffer, reused from frame to frame. Views stay valid until Reset.
class TextScratch {
 public:
  /// Makes room for every field of a header of `header_size` bytes: decoding never adds bytes.
  void Reset(size_t header_size);
  /// The value as UTF-8; the frame's own bytes when it holds no escape. False: a broken escape.
  bool Text(const HeaderField& field, std::string_view* text);

 private:
  bool Unescape(std::string_view from, std::string_view* text);
  /// Reads the escape whose backslash is at `at`; returns the byte behind it or nullptr.
  const char* UnescapeOne(const char* at, const char* end);
  void PutUtf8(uint32_t rune);

  std::unique_ptr<char[]> buffer_;
  size_t capacity_ = 0;
  char* to_ = nullptr;
};

}  // namespace apogee::remoting
