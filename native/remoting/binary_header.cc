// SPDX-License-Identifier: Apache-2.0
#include "remoting/header.h"
#include "store/endian.h"

namespace apogee::remoting {
namespace {

constexpr size_t kRemarkLengthAt = 13;
/// code 2, language 1, version 2, opaque 4, flag 4, remark length 4, ext length 4.
constexpr size_t kMinimumSize = 21;

const uint8_t* Octets(std::string_view bytes, size_t at) {
  return reinterpret_cast<const uint8_t*>(bytes.data()) + at;
}

/// Takes a length of `prefix` bytes and as many bytes behind it. False when they do not fit.
bool TakeText(std::string_view bytes, size_t* at, size_t prefix, std::string_view* text) {
  if (bytes.size() - *at < prefix) return false;
  const int32_t length =
      prefix == 2 ? store::LoadI16(Octets(bytes, *at)) : store::LoadI32(Octets(bytes, *at));
  *at += prefix;
  if (length < 0 || bytes.size() - *at < static_cast<size_t>(length)) return false;
  *text = bytes.substr(*at, static_cast<size_t>(length));
  *at += static_cast<size_t>(length);
  return true;
}

HeaderVerdict Malformed(const char* what, const char** error) {
  *error = what;
  return HeaderVerdict::kMalformed;
}

}  // namespace

HeaderVerdict ReadBinaryHeader(std::string_view bytes, Header* header, const char** error) {
  header->Clear(Codec::kRocketMq);
  if (bytes.size() < kMinimumSize) {
    return Malformed("the binary header has less than 21 bytes", error);
  }
  header->code = store::LoadI16(Octets(bytes, 0));
  header->opaque = store::LoadI32(Octets(bytes, 5));
  header->flag = store::LoadI32(Octets(bytes, 9));
  size_t at = kRemarkLengthAt;
  std::string_view remark;
  std::string_view ext;
  if (!TakeText(bytes, &at, 4, &remark)) {
    return Malformed("the remark of the binary header does not fit it", error);
  }
  if (!TakeText(bytes, &at, 4, &ext)) {
    return Malformed("the ext fields of the binary header do not fit it", error);
  }
  for (at = 0; at < ext.size();) {
    std::string_view name;
    std::string_view value;
    if (!TakeText(ext, &at, 2, &name) || !TakeText(ext, &at, 4, &value)) {
      return Malformed("an ext field of the binary header does not fit it", error);
    }
    // A text of no bytes reads back as none.
    if (name.empty() || value.empty()) continue;
    if (!header->Add(name, value, false)) return HeaderVerdict::kUnusual;
  }
  return HeaderVerdict::kRead;
}

}  // namespace apogee::remoting
