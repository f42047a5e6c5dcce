// SPDX-License-Identifier: Apache-2.0
#include "reply.h"

#include <charconv>
#include <cstring>
#include <string_view>

namespace apogee::bench {
namespace {

std::optional<int64_t> ParseInteger(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Keeps the fields that loads look at; false when such a field is no number.
bool KeepField(std::string_view key, std::string_view value, Reply* reply) {
  int64_t* target = nullptr;
  if (key == "queueOffset")
    target = &reply->queue_offset;
  else if (key == "queueId")
    target = &reply->queue_id;
  else if (key == "nextBeginOffset")
    target = &reply->next_begin_offset;
  else if (key == "maxOffset")
    target = &reply->max_offset;
  else
    return true;
  const std::optional<int64_t> number = ParseInteger(value);
  if (number.has_value()) *target = *number;
  return number.has_value();
}

bool KeepNumber(std::string_view key, std::string_view value, Reply* reply) {
  if (key != "code" && key != "opaque" && key != "flag") return true;
  const std::optional<int64_t> number = ParseInteger(value);
  if (!number.has_value()) return false;
  if (key == "code")
    reply->code = static_cast<int>(*number);
  else if (key == "opaque")
    reply->opaque = static_cast<uint32_t>(*number);
  else
    reply->flag = static_cast<int>(*number);
  return true;
}

/// Position of the quote that closes a string whose text starts at `at`.
size_t ClosingQuote(std::string_view text, size_t at) {
  for (; at < text.size(); ++at) {
    const void* quote = std::memchr(text.data() + at, '"', text.size() - at);
    if (quote == nullptr) return std::string_view::npos;
    const auto position = static_cast<size_t>(static_cast<const char*>(quote) - text.data());
    size_t slashes = 0;
    while (slashes < position - at && text[position - 1 - slashes] == '\\') ++slashes;
    if (slashes % 2 == 0) return position;
    at = position;
  }
  return std::string_view::npos;
}

/// A JSON header is flat but for extFields, so a run over its `"key":value` pairs suffices.
bool ParseJson(std::string_view text, Reply* reply) {
  size_t at = text.find('"');
  while (at != std::string_view::npos) {
    const size_t key_end = ClosingQuote(text, at + 1);
    if (key_end == std::string_view::npos || key_end + 2 >= text.size()) return false;
    const std::string_view key = text.substr(at + 1, key_end - at - 1);
    if (text[key_end + 1] != ':') return false;
    const size_t value = key_end + 2;
    size_t value_end = value;
    if (text[value] == '"') {
      value_end = ClosingQuote(text, value + 1);
      if (value_end == std::string_view::npos) return false;
      if (!KeepField(key, text.substr(value + 1, value_end - value - 1), reply)) return false;
      ++value_end;
    } else {
      while (value_end < text.size() &&
             (text[value_end] == '-' || (text[value_end] >= '0' && text[value_end] <= '9'))) {
        ++value_end;
      }
      if (!KeepNumber(key, text.substr(value, value_end - value), reply)) return false;
    }
    at = text.find('"', value_end);
  }
  return true;
}

bool ParseBinary(Bytes header, Reply* reply) {
  constexpr size_t kFixed = 21;
  if (header.size() < kFixed) return false;
  reply->code = static_cast<int16_t>(LoadBig<uint16_t>(header.data()));
  reply->opaque = LoadBig<uint32_t>(header.data() + 5);
  reply->flag = LoadInt32(header.data() + 9);
  size_t at = 13;
  const auto remark_bytes = LoadBig<uint32_t>(header.data() + at);
  if (remark_bytes > header.size() - kFixed) return false;
  at += 4 + remark_bytes;
  const auto ext_bytes = LoadBig<uint32_t>(header.data() + at);
  at += 4;
  if (ext_bytes != header.size() - at) return false;
  const auto* chars = reinterpret_cast<const char*>(header.data());
  while (at < header.size()) {
    if (header.size() - at < 2) return false;
    const size_t key_bytes = LoadBig<uint16_t>(header.data() + at);
    at += 2;
    if (header.size() - at < key_bytes + 4) return false;
    const std::string_view key(chars + at, key_bytes);
    at += key_bytes;
    const size_t value_bytes = LoadBig<uint32_t>(header.data() + at);
    at += 4;
    if (header.size() - at < value_bytes) return false;
    if (!KeepField(key, std::string_view(chars + at, value_bytes), reply)) return false;
    at += value_bytes;
  }
  return true;
}

}  // namespace

std::optional<Reply> ParseReply(Bytes frame) {
  constexpr size_t kWord = 4;
  if (frame.size() < kWord) return std::nullopt;
  const auto word = LoadBig<uint32_t>(frame.data());
  const size_t header_bytes = word & 0xFFFFFF;
  if (header_bytes > frame.size() - kWord) return std::nullopt;
  Reply reply;
  const Bytes header = frame.subspan(kWord, header_bytes);
  reply.body = frame.subspan(kWord + header_bytes);
  bool ok = false;
  if (word >> 24 == 0) {
    ok = ParseJson({reinterpret_cast<const char*>(header.data()), header.size()}, &reply);
  } else if (word >> 24 == 1) {
    ok = ParseBinary(header, &reply);
  }
  if (!ok || (reply.flag & 1) == 0) return std::nullopt;
  return reply;
}

}  // namespace apogee::bench
