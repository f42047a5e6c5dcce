// SPDX-License-Identifier: Apache-2.0
#include "header_builder.h"

#include "bytes.h"

namespace apogee::bench {
namespace {

constexpr int kVersion = 513;
constexpr uint8_t kLanguageJava = 0;
constexpr size_t kLengthAndWord = 8;

}  // namespace

HeaderBuilder::HeaderBuilder(Codec codec, int code, uint32_t opaque, std::string* frame)
    : codec_(codec), opaque_(opaque), frame_(frame), start_(frame->size()) {
  frame_->append(kLengthAndWord, '\0');
  if (codec_ == Codec::kJson) {
    *frame_ += "{\"code\":" + std::to_string(code) + ",\"extFields\":{";
    return;
  }
  AppendBig(frame_, static_cast<uint16_t>(code));
  AppendBig(frame_, kLanguageJava);
  AppendBig(frame_, static_cast<uint16_t>(kVersion));
  opaque_position_ = frame_->size();
  AppendBig(frame_, opaque);
  AppendBig(frame_, uint32_t{0});  // flag: a request that wants an answer
  AppendBig(frame_, uint32_t{0});  // no remark
  ext_length_position_ = frame_->size();
  AppendBig(frame_, uint32_t{0});
}

size_t HeaderBuilder::Field(std::string_view key, std::string_view value) {
  if (codec_ == Codec::kBinary) {
    AppendBig(frame_, static_cast<uint16_t>(key.size()));
    frame_->append(key);
    AppendBig(frame_, static_cast<uint32_t>(value.size()));
    frame_->append(value);
    return frame_->size() - value.size();
  }
  if (has_fields_) frame_->push_back(',');
  has_fields_ = true;
  frame_->append("\"").append(key).append("\":\"");
  const size_t position = frame_->size();
  for (const char c : value) {
    if (c == '\x01')
      *frame_ += "\\u0001";
    else if (c == '\x02')
      *frame_ += "\\u0002";
    else
      frame_->push_back(c);
  }
  frame_->push_back('"');
  return position;
}

void HeaderBuilder::Finish(std::string_view body) {
  if (codec_ == Codec::kJson) {
    *frame_ += "},\"flag\":0,\"language\":\"JAVA\",\"opaque\":";
    opaque_position_ = frame_->size();
    *frame_ += std::to_string(opaque_) +
               ",\"serializeTypeCurrentRPC\":\"JSON\",\"version\":" + std::to_string(kVersion) +
               "}";
  } else {
    StoreBig(frame_->data() + ext_length_position_,
             static_cast<uint32_t>(frame_->size() - ext_length_position_ - sizeof(uint32_t)));
  }
  const auto header_bytes = static_cast<uint32_t>(frame_->size() - start_ - kLengthAndWord);
  frame_->append(body);
  const auto frame_bytes = static_cast<uint32_t>(frame_->size() - start_ - sizeof(uint32_t));
  StoreBig(frame_->data() + start_, frame_bytes);
  StoreBig(frame_->data() + start_ + sizeof(uint32_t),
           static_cast<uint32_t>(codec_) << 24 | header_bytes);
}

void PatchOpaque(Codec codec, char* frame, size_t position, uint32_t opaque) {
  if (codec == Codec::kJson)
    StoreDecimal(frame + position, 10, opaque);
  else
    StoreBig(frame + position, opaque);
}

}  // namespace apogee::bench
