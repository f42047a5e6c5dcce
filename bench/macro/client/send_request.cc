// SPDX-License-Identifier: Apache-2.0
#include "send_request.h"

#include <unistd.h>

#include "bytes.h"
#include "header_builder.h"

namespace apogee::bench {
namespace {

constexpr int kSendMessageV2 = 310;
constexpr int kSendBatchMessage = 320;
constexpr std::string_view kKeyName = "UNIQ_KEY\x01";
/// Eight digits of address, four of process, then what differs from message to message.
constexpr size_t kKeyDigits = 32;
constexpr size_t kKeyFixedDigits = 12;
constexpr std::string_view kSomeTimeMs = "1700000000000";

std::string PropertyString() {
  std::string text(kKeyName);
  const size_t key = text.size();
  text.append(kKeyDigits, '0');
  StoreHex(text.data() + key, 8, 0x7F000001);
  StoreHex(text.data() + key + 8, 4, static_cast<uint64_t>(getpid()));
  return text + "\x02WAIT\x01" + "true\x02";
}

/// Letters and digits without a pattern, the same in every run.
std::string BodyText(int bytes) {
  constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string body;
  uint64_t state = 88172645463325252ULL;
  for (int i = 0; i < bytes; ++i) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    body.push_back(kLetters[state % kLetters.size()]);
  }
  return body;
}

}  // namespace

SendRequest::SendRequest(const Options& options) : codec_(options.codec) {
  const bool batch = options.batch > 1;
  const std::string properties = PropertyString();
  std::string body = BodyText(options.body_bytes);
  if (batch) {
    std::string items;
    for (int i = 0; i < options.batch; ++i) AddBatchItem(properties, body, &items);
    body = items;
  } else {
    body_positions_.push_back(0);
  }
  HeaderBuilder header(codec_, batch ? kSendBatchMessage : kSendMessageV2, kFirstOpaque, &frame_);
  header.Field("a", options.group);
  header.Field("b", options.topic);
  header.Field("c", "TBW102");
  header.Field("d", "4");
  queue_id_position_ = header.Field("e", "0");
  header.Field("f", "0");
  born_position_ = header.Field("g", kSomeTimeMs);
  header.Field("h", "0");
  const size_t property_position = header.Field("i", properties);
  header.Field("j", "0");
  header.Field("k", "false");
  header.Field("m", batch ? "true" : "false");
  header.Field("n", options.broker_name);
  header.Finish(body);
  opaque_position_ = header.opaque_position();
  const size_t body_start = frame_.size() - body.size();
  for (size_t& position : unique_key_positions_) position += body_start;
  for (size_t& position : body_positions_) position += body_start;
  const size_t separator_bytes = codec_ == Codec::kJson ? std::string_view("\\u0001").size() : 1;
  unique_key_positions_.push_back(property_position + kKeyName.size() - 1 + separator_bytes);
}

void SendRequest::AddBatchItem(const std::string& properties, const std::string& body,
                               std::string* items) {
  constexpr size_t kFixedBytes = 4 + 4 + 4 + 4 + 4 + 2;
  AppendBig(items, static_cast<uint32_t>(kFixedBytes + body.size() + properties.size()));
  AppendBig(items, uint32_t{0});  // magic
  AppendBig(items, uint32_t{0});  // body CRC: the broker computes it
  AppendBig(items, uint32_t{0});  // flag
  AppendBig(items, static_cast<uint32_t>(body.size()));
  body_positions_.push_back(items->size());
  items->append(body);
  AppendBig(items, static_cast<uint16_t>(properties.size()));
  unique_key_positions_.push_back(items->size() + kKeyName.size());
  items->append(properties);
}

void SendRequest::Append(uint32_t opaque, int queue_id, int64_t born_ms, int64_t stamp_ns,
                         std::string* output) {
  char* frame = frame_.data();
  PatchOpaque(codec_, frame, opaque_position_, opaque);
  frame[queue_id_position_] = static_cast<char>('0' + queue_id);
  StoreDecimal(frame + born_position_, kSomeTimeMs.size(), static_cast<uint64_t>(born_ms));
  for (const size_t position : unique_key_positions_) {
    StoreHex(frame + position + kKeyFixedDigits, kKeyDigits - kKeyFixedDigits, next_key_++);
  }
  for (const size_t position : body_positions_) {
    StoreBig(frame + position, static_cast<uint64_t>(stamp_ns));
  }
  output->append(frame_);
}

}  // namespace apogee::bench
