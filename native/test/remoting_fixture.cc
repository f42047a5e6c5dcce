// SPDX-License-Identifier: Apache-2.0
#include "test/remoting_fixture.h"

#include <algorithm>

#include "store/endian.h"

namespace apogee::test {
namespace {

using remoting::Codec;
namespace control = remoting::control;

std::string Int16(size_t value) {
  uint8_t bytes[2];
  store::StoreI16(bytes, static_cast<int16_t>(value));
  return {reinterpret_cast<const char*>(bytes), 2};
}

std::string Int32(int64_t value) {
  uint8_t bytes[4];
  store::StoreI32(bytes, static_cast<int32_t>(value));
  return {reinterpret_cast<const char*>(bytes), 4};
}

std::string JsonText(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (static_cast<uint8_t>(c) < 0x20) {
      escaped += "\\u000";
      escaped += "0123456789abcdef"[static_cast<uint8_t>(c) & 15];
    } else {
      if (c == '"' || c == '\\') escaped += '\\';
      escaped += c;
    }
  }
  return "\"" + escaped + "\"";
}

std::string JsonHeader(int32_t code, const Fields& fields, int32_t opaque, int32_t flag) {
  std::string text = "{\"code\":" + std::to_string(code) + ",\"extFields\":{";
  for (const auto& [name, value] : fields) {
    if (text.back() != '{') text += ",";
    text += JsonText(name) + ":" + JsonText(value);
  }
  return text + "},\"flag\":" + std::to_string(flag) +
         ",\"language\":\"JAVA\",\"opaque\":" + std::to_string(opaque) +
         ",\"serializeTypeCurrentRPC\":\"JSON\",\"version\":513}";
}

std::string BinaryHeader(int32_t code, const Fields& fields, int32_t opaque, int32_t flag) {
  std::string ext;
  for (const auto& [name, value] : fields) {
    ext += Int16(name.size()) + name + Int32(static_cast<int64_t>(value.size())) + value;
  }
  return Int16(static_cast<size_t>(code)) + std::string(1, '\0') + Int16(513) + Int32(opaque) +
         Int32(flag) + Int32(0) + Int32(static_cast<int64_t>(ext.size())) + ext;
}

Fields Merge(Fields fields, const Fields& changes) {
  for (const auto& change : changes) {
    std::erase_if(fields, [&](const auto& field) { return field.first == change.first; });
    if (!change.second.empty()) fields.push_back(change);
  }
  return fields;
}

}  // namespace

std::string MakeFrame(Codec codec, int32_t code, const Fields& fields, std::string_view body,
                      int32_t opaque, int32_t flag) {
  const std::string header = codec == Codec::kJson ? JsonHeader(code, fields, opaque, flag)
                                                   : BinaryHeader(code, fields, opaque, flag);
  const auto size = static_cast<int64_t>(header.size());
  return Int32(4 + size + static_cast<int64_t>(body.size())) +
         Int32(size | (int64_t{codec == Codec::kRocketMq} << 24)) + header + std::string(body);
}

Fields SendFields(const Fields& changes) {
  return Merge({{"a", "PG"},
                {"b", "T"},
                {"c", "TBW102"},
                {"d", "4"},
                {"e", "0"},
                {"f", "0"},
                {"g", "1700000000123"},
                {"h", "7"},
                {"i", Properties({{"UNIQ_KEY", "K"}, {"TAGS", "TagA"}})},
                {"j", "0"},
                {"k", "false"},
                {"m", "false"}},
               changes);
}

Fields PullFields(int64_t offset, const Fields& changes) {
  return Merge({{"consumerGroup", "G"},
                {"topic", "T"},
                {"queueId", "0"},
                {"queueOffset", std::to_string(offset)},
                {"maxMsgNums", "32"},
                {"sysFlag", "4"},
                {"commitOffset", "0"},
                {"suspendTimeoutMillis", "15000"},
                {"subscription", "*"},
                {"subVersion", "0"},
                {"expressionType", "TAG"}},
               changes);
}

std::string Answer::Get(std::string_view name) const {
  for (const auto& field : fields) {
    if (field.first == name) return field.second;
  }
  return "-";
}

std::vector<Answer> ParseAnswers(std::string_view bytes) {
  std::vector<Answer> answers;
  while (!bytes.empty()) {
    const remoting::FrameStart start = remoting::JudgeFrameStart(AsBytes(bytes));
    if (start.size <= 0 || static_cast<size_t>(start.size) > bytes.size()) return {};
    const std::string_view frame = bytes.substr(0, static_cast<size_t>(start.size));
    const remoting::FrameParts parts = remoting::SplitFrame(AsBytes(frame));
    remoting::Header header;
    remoting::TextScratch scratch;
    const char* error = nullptr;
    const auto verdict = parts.codec == Codec::kJson
                             ? ReadJsonHeader(parts.header, &header, &error)
                             : ReadBinaryHeader(parts.header, &header, &error);
    if (verdict != remoting::HeaderVerdict::kRead || header.flag != 1) return {};
    Answer answer{header.code, header.opaque, {}, {}};
    scratch.Reset(parts.header.size());
    for (size_t i = 0; i < header.field_count; i++) {
      std::string_view text;
      if (!scratch.Text(header.fields[i], &text)) return {};
      answer.fields.emplace_back(header.fields[i].name, text);
    }
    answer.body.assign(reinterpret_cast<const char*>(parts.body.data()), parts.body.size());
    answers.push_back(std::move(answer));
    bytes.remove_prefix(frame.size());
  }
  return answers;
}

RemotingFixture::RemotingFixture(store::StoreOptions options, store::Io* io)
    : store_(std::move(options), io),
      control_(control::kLength),
      cold_(static_cast<size_t>(remoting::kMaxFrameBytes)) {}

bool RemotingFixture::Open() {
  if (!store_.Open()) return false;
  service_ = std::make_unique<remoting::RemotingService>(&store_.store(), 5000);
  output_.resize(output_bytes);
  service_->Attach({control_.data(), cold_, output_});
  remoting::BrokerIdentity identity;
  identity.store_host.bytes[0] = 127;
  identity.store_host.bytes[3] = 1;
  identity.store_host.port = 10911;
  identity.message_id_prefix = remoting::MessageIdPrefix(identity.store_host);
  service_->SetIdentity(std::move(identity), "7F0000010001AABBCCDD");
  remoting::BrokerState state;
  state.writable = state.readable = true;
  service_->SetState(state);
  service_->tables().SetTopic({"T", 4, 4, 6, 0, false, true});
  service_->tables().SetGroup({"G", true, 0, true});
  return true;
}

std::vector<Answer> RemotingFixture::Feed(int32_t session, std::string_view bytes) {
  std::string replies;
  do {
    service_->Ingest(session, AsBytes(bytes), now);
    bytes.remove_prefix(static_cast<size_t>(control_[control::kConsumed]));
    if (control_[control::kFlushWanted] != 0) service_->RequestFlush();
    replies.append(reinterpret_cast<const char*>(output_.data()),
                   static_cast<size_t>(control_[control::kReplyEnd]));
    Collect();
  } while (!bytes.empty());
  return ParseAnswers(replies);
}

void RemotingFixture::Drain() {
  service_->Drain(now);
  Collect();
}

void RemotingFixture::Tick() {
  service_->Tick(now);
  Collect();
}

/// Takes the ranges of other sessions, draining as long as there is more.
void RemotingFixture::Collect() {
  while (true) {
    for (size_t i = 0; i < static_cast<size_t>(control_[control::kOtherCount]); i++) {
      const int32_t* range = &control_[control::kOtherBase + 3 * i];
      other_.emplace_back(range[0],
                          std::string(output_.begin() + range[1], output_.begin() + range[2]));
    }
    if ((flags() & remoting::kMoreOutput) == 0) return;
    service_->Drain(now);
  }
}

std::string RemotingFixture::TakeOther(int32_t session) {
  std::string bytes;
  for (const auto& [number, part] : other_) {
    if (number == session) bytes += part;
  }
  std::erase_if(other_, [session](const auto& item) { return item.first == session; });
  return bytes;
}

remoting::ColdReason RemotingFixture::cold_reason(size_t index) const {
  return static_cast<remoting::ColdReason>(control_[control::kColdBase + 3 * index + 2]);
}

std::string RemotingFixture::cold_frame(size_t index) const {
  const int32_t* range = &control_[control::kColdBase + 3 * index];
  return {cold_.begin() + range[0], cold_.begin() + range[1]};
}

}  // namespace apogee::test
