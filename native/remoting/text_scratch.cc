// SPDX-License-Identifier: Apache-2.0
#include "remoting/text_scratch.h"

#include <cstring>

#include "remoting/text_scan.h"

namespace apogee::remoting {
namespace {

/// The 16-bit unit in the four hex digits at `at`, or -1.
int32_t HexUnit(const char* at, const char* end) {
  if (end - at < 4) return -1;
  int32_t unit = 0;
  for (int i = 0; i < 4; i++) {
    const char digit = at[i];
    const char lower = static_cast<char>(digit | 0x20);
    int32_t value = 0;
    if (digit >= '0' && digit <= '9') {
      value = digit - '0';
    } else if (lower >= 'a' && lower <= 'f') {
      value = lower - 'a' + 10;
    } else {
      return -1;
    }
    unit = unit * 16 + value;
  }
  return unit;
}

char SimpleEscape(char letter) {
  switch (letter) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case '"':
    case '\\':
    case '/':
      return letter;
    default:
      return 0;
  }
}

}  // namespace

void TextScratch::Reset(size_t header_size) {
  if (header_size > capacity_) {
    capacity_ = header_size * 2;
    buffer_ = std::make_unique_for_overwrite<char[]>(capacity_);
  }
  to_ = buffer_.get();
}

bool TextScratch::Text(const HeaderField& field, std::string_view* text) {
  if (field.escaped) return Unescape(field.value, text);
  *text = field.value;
  return true;
}

bool TextScratch::Unescape(std::string_view from, std::string_view* text) {
  const char* at = from.data();
  const char* end = at + from.size();
  char* start = to_;
  while (at < end) {
    const char* stop = FindQuoteOrEscape(at, end);
    const auto plain = static_cast<size_t>(stop - at);
    std::memcpy(to_, at, plain);
    to_ += plain;
    if (stop == end) break;
    at = UnescapeOne(stop, end);
    if (at == nullptr) return false;
  }
  *text = {start, static_cast<size_t>(to_ - start)};
  return true;
}

const char* TextScratch::UnescapeOne(const char* at, const char* end) {
  if (end - at < 2) return nullptr;
  if (at[1] != 'u') {
    const char plain = SimpleEscape(at[1]);
    if (plain == 0) return nullptr;
    *to_++ = plain;
    return at + 2;
  }
  // The separators of property strings, the escapes that nearly all requests have.
  if (end - at >= 6 && std::memcmp(at + 2, "000", 3) == 0 && (at[5] == '1' || at[5] == '2')) {
    *to_++ = static_cast<char>(at[5] - '0');
    return at + 6;
  }
  const int32_t unit = HexUnit(at + 2, end);
  if (unit < 0) return nullptr;
  at += 6;
  if (unit < 0xD800 || unit > 0xDFFF) {
    PutUtf8(static_cast<uint32_t>(unit));
    return at;
  }
  const bool pair = unit < 0xDC00 && end - at >= 2 && at[0] == '\\' && at[1] == 'u';
  const int32_t low = pair ? HexUnit(at + 2, end) : -1;
  if (low < 0xDC00 || low > 0xDFFF) {
    // Half a surrogate pair is no character; Java encodes it as a question mark.
    *to_++ = '?';
    return at;
  }
  PutUtf8(static_cast<uint32_t>(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00)));
  return at + 6;
}

void TextScratch::PutUtf8(uint32_t rune) {
  if (rune < 0x80) {
    *to_++ = static_cast<char>(rune);
    return;
  }
  const int more = rune < 0x800 ? 1 : rune < 0x10000 ? 2 : 3;
  constexpr uint32_t kLead[] = {0, 0xC0, 0xE0, 0xF0};
  *to_++ = static_cast<char>(kLead[more] | (rune >> (6 * more)));
  for (int i = more - 1; i >= 0; i--) {
    *to_++ = static_cast<char>(0x80 | ((rune >> (6 * i)) & 0x3F));
  }
}

}  // namespace apogee::remoting
