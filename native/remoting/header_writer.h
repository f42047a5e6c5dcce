// SPDX-License-Identifier: Apache-2.0
/// The two header codecs as writers with the same members, so that each answer is spelled once.
#pragma once

#include <charconv>
#include <cstring>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "remoting/frame.h"
#include "remoting/reply_writer.h"
#include "remoting/unique_key.h"
#include "store/endian.h"

namespace apogee::remoting {

/// True when a JSON string cannot hold the text as it is.
inline bool NeedsEscape(std::string_view text) {
  const char* at = text.data();
  const char* const end = at + text.size();
#if defined(__SSE2__)
  for (; end - at >= 16; at += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const __m128i marks = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')),
                                       _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
    const __m128i controls = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1F)), bytes);
    if (_mm_movemask_epi8(_mm_or_si128(marks, controls)) != 0) return true;
  }
#endif
  bool needed = false;
  for (; at < end; at++) needed |= static_cast<uint8_t>(*at) < 0x20 || *at == '"' || *at == '\\';
  return needed;
}

/// Appends at a pointer; the caller has made room.
class ByteCursor {
 public:
  explicit ByteCursor(uint8_t* to) : to_(to) {}
  uint8_t* at() const { return to_; }
  void Text(std::string_view text) {
    if (text.empty()) return;
    std::memcpy(to_, text.data(), text.size());
    to_ += text.size();
  }
  void Decimal(int64_t value) {
    char* text = reinterpret_cast<char*>(to_);
    to_ = reinterpret_cast<uint8_t*>(std::to_chars(text, text + 20, value).ptr);
  }
  void Int16(int16_t value) {
    store::StoreI16(to_, value);
    to_ += 2;
  }
  void Int32(int32_t value) {
    store::StoreI32(to_, value);
    to_ += 4;
  }
  void Byte(uint8_t value) { *to_++ = value; }
  /// Text as it stands between the quotes of a JSON string.
  void JsonText(std::string_view text);
  void Ids(const SendReply& reply);

 private:
  uint8_t* to_;
};

inline void ByteCursor::JsonText(std::string_view text) {
  if (!NeedsEscape(text)) return Text(text);
  for (const char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    if (byte >= 0x20 && c != '"' && c != '\\') {
      Byte(byte);
    } else if (byte >= 0x20) {
      Byte('\\');
      Byte(byte);
    } else {
      Text("\\u00");
      to_ = reinterpret_cast<uint8_t*>(PutHex(reinterpret_cast<char*>(to_), byte, 1));
    }
  }
}

/// The offset ids of a message or batch, comma-separated.
inline void ByteCursor::Ids(const SendReply& reply) {
  store::PhysicalOffset offset = reply.physical_offset;
  for (int32_t i = 0; i < reply.message_count; i++) {
    if (i > 0) {
      Byte(',');
      offset += reply.record_sizes[i - 1];
    }
    Text(reply.id_prefix);
    to_ = reinterpret_cast<uint8_t*>(
        PutHex(reinterpret_cast<char*>(to_), static_cast<uint64_t>(offset), 8));
  }
}

class JsonHeaderWriter {
 public:
  JsonHeaderWriter(uint8_t* to, ReplyTo request, int32_t code)
      : start_(to), request_(request), out_(to + kFramePrefixBytes) {
    out_.Text("{\"code\":");
    out_.Decimal(code);
    out_.Text(",\"extFields\":{");
  }
  void TextField(std::string_view name, std::string_view value) {
    Name(name);
    out_.JsonText(value);
    out_.Byte('"');
  }
  void NumberField(std::string_view name, int64_t value) {
    Name(name);
    out_.Decimal(value);
    out_.Byte('"');
  }
  void IdsField(std::string_view name, const SendReply& reply) {
    Name(name);
    out_.Ids(reply);
    out_.Byte('"');
  }
  size_t Finish(std::string_view remark, size_t body_size) {
    out_.Text("},\"flag\":1,\"language\":\"JAVA\",\"opaque\":");
    out_.Decimal(request_.opaque);
    if (!remark.empty()) {
      out_.Text(",\"remark\":\"");
      out_.JsonText(remark);
      out_.Byte('"');
    }
    out_.Text(",\"serializeTypeCurrentRPC\":\"JSON\",\"version\":513}");
    const auto size = static_cast<size_t>(out_.at() - start_);
    store::StoreI32(start_, static_cast<int32_t>(size - 4 + body_size));
    store::StoreI32(start_ + 4, static_cast<int32_t>(size - kFramePrefixBytes));
    return size;
  }

 private:
  void Name(std::string_view name) {
    if (!first_) out_.Byte(',');
    first_ = false;
    out_.Byte('"');
    out_.Text(name);
    out_.Text("\":\"");
  }

  uint8_t* const start_;
  const ReplyTo request_;
  ByteCursor out_;
  bool first_ = true;
};

static_assert(kProtocolVersion == 513, "JsonHeaderWriter writes it as text");

/// Ext fields come behind the remark, whose length is known at the end: so the remark comes first
/// here, as an argument of the constructor.
class BinaryHeaderWriter {
 public:
  BinaryHeaderWriter(uint8_t* to, ReplyTo request, int32_t code, std::string_view remark)
      : start_(to), out_(to + kFramePrefixBytes) {
    out_.Int16(static_cast<int16_t>(code));
    out_.Byte(0);
    out_.Int16(kProtocolVersion);
    out_.Int32(request.opaque);
    out_.Int32(kFlagResponse);
    out_.Int32(static_cast<int32_t>(remark.size()));
    out_.Text(remark);
    ext_length_ = out_.at();
    out_.Int32(0);
  }
  void TextField(std::string_view name, std::string_view value) {
    uint8_t* length = Name(name);
    out_.Text(value);
    EndValue(length);
  }
  void NumberField(std::string_view name, int64_t value) {
    uint8_t* length = Name(name);
    out_.Decimal(value);
    EndValue(length);
  }
  void IdsField(std::string_view name, const SendReply& reply) {
    uint8_t* length = Name(name);
    out_.Ids(reply);
    EndValue(length);
  }
  size_t Finish(size_t body_size) {
    store::StoreI32(ext_length_, static_cast<int32_t>(out_.at() - ext_length_ - 4));
    const auto size = static_cast<size_t>(out_.at() - start_);
    store::StoreI32(start_, static_cast<int32_t>(size - 4 + body_size));
    store::StoreI32(start_ + 4, static_cast<int32_t>((size - kFramePrefixBytes) | (1U << 24)));
    return size;
  }

 private:
  uint8_t* Name(std::string_view name) {
    out_.Int16(static_cast<int16_t>(name.size()));
    out_.Text(name);
    uint8_t* length = out_.at();
    out_.Int32(0);
    return length;
  }
  void EndValue(uint8_t* length) {
    store::StoreI32(length, static_cast<int32_t>(out_.at() - length - 4));
  }

  uint8_t* const start_;
  ByteCursor out_;
  uint8_t* ext_length_;
};

}  // namespace apogee::remoting
