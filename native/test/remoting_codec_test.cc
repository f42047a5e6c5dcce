// SPDX-License-Identifier: Apache-2.0
/// Answers in both codecs, stored properties in a Java map's order, ids, expressions.
#include <algorithm>
#include <string>
#include <vector>

#include "remoting/frame.h"
#include "remoting/pull_request.h"
#include "remoting/reply_writer.h"
#include "remoting/stored_properties.h"
#include "remoting/unique_key.h"
#include "store/java_hash.h"
#include "test/store_fixture.h"
#include "test/test.h"

namespace apogee::test {
namespace {

using remoting::Codec;

template <typename Write>
std::string Frame(Write write) {
  std::vector<uint8_t> bytes(64 * 1024);
  const size_t size = write(bytes.data());
  return {reinterpret_cast<const char*>(bytes.data()), size};
}

std::string HeaderText(const std::string& frame) {
  return std::string(remoting::SplitFrame(AsBytes(frame)).header);
}

remoting::SendReply SampleReply() {
  remoting::SendReply reply;
  reply.queue_id = 3;
  reply.queue_offset = 31;
  reply.unique_key = "U1";
  reply.region_id = "DefaultRegion";
  reply.trace_on = "true";
  reply.id_prefix = "7F00000100005597";
  reply.physical_offset = 0x25EB;
  return reply;
}

std::string Stored(std::string_view sent) {
  remoting::StoredProperties properties;
  const remoting::BrokerProperties broker;
  if (!properties.Rewrite(sent, broker, [] { return "GENERATED"; })) return "refused";
  std::string text(reinterpret_cast<const char*>(properties.bytes().data()),
                   properties.bytes().size());
  std::replace(text.begin(), text.end(), '\x01', '^');
  std::replace(text.begin(), text.end(), '\x02', '~');
  return text;
}

}  // namespace

TEST(RemotingWritesSendAnswersAsApacheDoes) {
  const std::string json =
      Frame([](uint8_t* to) { return WriteSendReply(to, {Codec::kJson, 77}, SampleReply()); });
  CHECK_EQ(HeaderText(json),
           "{\"code\":0,\"extFields\":{\"queueId\":\"3\",\"transactionId\":\"U1\","
           "\"msgId\":\"7F0000010000559700000000000025EB\",\"TRACE_ON\":\"true\","
           "\"MSG_REGION\":\"DefaultRegion\",\"queueOffset\":\"31\"},\"flag\":1,"
           "\"language\":\"JAVA\",\"opaque\":77,\"serializeTypeCurrentRPC\":\"JSON\","
           "\"version\":513}");
  const remoting::FrameStart start = remoting::JudgeFrameStart(AsBytes(json));
  CHECK_EQ(start.size, static_cast<int64_t>(json.size()));

  const std::string binary =
      Frame([](uint8_t* to) { return WriteSendReply(to, {Codec::kRocketMq, 77}, SampleReply()); });
  remoting::Header header;
  const char* error = nullptr;
  const std::string text = HeaderText(binary);
  REQUIRE(remoting::ReadBinaryHeader(text, &header, &error) == remoting::HeaderVerdict::kRead);
  CHECK_EQ(header.code, 0);
  CHECK_EQ(header.opaque, 77);
  CHECK_EQ(header.flag, 1);
  CHECK_EQ(header.field_count, size_t{6});
  CHECK_EQ(std::string(header.fields[2].value), "7F0000010000559700000000000025EB");
  CHECK_EQ(text.substr(2, 3), std::string("\x00\x02\x01", 3));
}

TEST(RemotingEscapesTextsOfAnswers) {
  remoting::SendReply reply = SampleReply();
  reply.unique_key = "quote\" slash\\ line\n long enough for a vector";
  const std::string json =
      Frame([&](uint8_t* to) { return WriteSendReply(to, {Codec::kJson, 1}, reply); });
  CHECK(HeaderText(json).find("quote\\\" slash\\\\ line\\u000A long enough for a vector\"") !=
        std::string::npos);
  CHECK(json.size() <= SendReplyBound(reply));
}

TEST(RemotingJoinsTheIdsOfABatch) {
  remoting::SendReply reply = SampleReply();
  const std::vector<int32_t> sizes = {0x7F, 0x10, 0};
  reply.message_count = 3;
  reply.record_sizes = sizes.data();
  reply.unique_key = {};
  const std::string json =
      Frame([&](uint8_t* to) { return WriteSendReply(to, {Codec::kJson, 1}, reply); });
  CHECK(HeaderText(json).find("\"msgId\":\"7F0000010000559700000000000025EB,"
                              "7F00000100005597000000000000266A,"
                              "7F00000100005597000000000000267A\"") != std::string::npos);
  CHECK(HeaderText(json).find("transactionId") == std::string::npos);
}

TEST(RemotingTurnsAnAnswerIntoAFlushTimeout) {
  for (const Codec codec : {Codec::kJson, Codec::kRocketMq}) {
    const std::string sent =
        Frame([&](uint8_t* to) { return WriteSendReply(to, {codec, 5}, SampleReply()); });
    const std::string late =
        Frame([&](uint8_t* to) { return remoting::RewriteAsFlushTimeout(to, AsBytes(sent)); });
    CHECK_EQ(remoting::JudgeFrameStart(AsBytes(late)).size, static_cast<int64_t>(late.size()));
    remoting::Header header;
    const char* error = nullptr;
    const std::string text = HeaderText(late);
    const auto verdict = codec == Codec::kJson ? remoting::ReadJsonHeader(text, &header, &error)
                                               : remoting::ReadBinaryHeader(text, &header, &error);
    REQUIRE(verdict == remoting::HeaderVerdict::kRead);
    CHECK_EQ(header.code, 10);
    CHECK_EQ(header.field_count, size_t{6});
  }
}

TEST(RemotingWritesPullAnswersAsApacheDoes) {
  remoting::PullReply reply;
  reply.code = 19;
  reply.remark = "OFFSET_OVERFLOW_ONE";
  reply.next_begin_offset = reply.max_offset = 40;
  const std::string json =
      Frame([&](uint8_t* to) { return WritePullHeader(to, {Codec::kJson, 1}, reply, 0); });
  CHECK_EQ(HeaderText(json),
           "{\"code\":19,\"extFields\":{\"suggestWhichBrokerId\":\"0\",\"groupSysFlag\":\"0\","
           "\"nextBeginOffset\":\"40\",\"maxOffset\":\"40\",\"minOffset\":\"0\","
           "\"topicSysFlag\":\"0\"},\"flag\":1,\"language\":\"JAVA\",\"opaque\":1,"
           "\"remark\":\"OFFSET_OVERFLOW_ONE\",\"serializeTypeCurrentRPC\":\"JSON\","
           "\"version\":513}");
}

// Observed on a Java 5.5.0 broker, which was sent these properties.
TEST(RemotingStoresPropertiesInAJavaMapsOrder) {
  const auto sent = [](const std::vector<std::pair<std::string, std::string>>& pairs) {
    std::string text;
    for (const auto& [name, value] : pairs) text += name + '\x01' + value + '\x02';
    return text;
  };
  CHECK_EQ(
      Stored(sent(
          {{"UNIQ_KEY", "U1"}, {"WAIT", "true"}, {"TAGS", "TagA"}, {"KEYS", "k1 k2"}, {"a", "1"}})),
      "MSG_REGION^DefaultRegion~UNIQ_KEY^U1~CLUSTER^DefaultCluster~TAGS^TagA~KEYS^k1 k2~"
      "WAIT^true~a^1~TRACE_ON^true~");
  CHECK_EQ(Stored("a\x01"
                  "1\x02"
                  "b\x01\x02"
                  "c\x01x\x01y\x02"
                  "d\x01"
                  "3"),
           "MSG_REGION^DefaultRegion~UNIQ_KEY^GENERATED~CLUSTER^DefaultCluster~a^1~c^x^y~d^3~"
           "TRACE_ON^true~");
  CHECK_EQ(Stored(""),
           "MSG_REGION^DefaultRegion~UNIQ_KEY^GENERATED~CLUSTER^DefaultCluster~TRACE_ON^true~");
  CHECK_EQ(Stored(sent({{"UNIQ_KEY", "U1"},
                        {"POP_CK", "zz"},
                        {"MSG_REGION", "r"},
                        {"TRACE_ON", "false"},
                        {"CLUSTER", "cc"}})),
           "MSG_REGION^DefaultRegion~UNIQ_KEY^U1~CLUSTER^DefaultCluster~TRACE_ON^true~");
  CHECK_EQ(Stored(sent({{"a", "1"}, {"b", "2"}, {"a", "3"}})),
           "MSG_REGION^DefaultRegion~UNIQ_KEY^GENERATED~CLUSTER^DefaultCluster~a^3~b^2~"
           "TRACE_ON^true~");
  CHECK_EQ(Stored(sent({{"KEYS", "é标签😀"}, {"标签", "x"}})),
           "MSG_REGION^DefaultRegion~UNIQ_KEY^GENERATED~CLUSTER^DefaultCluster~KEYS^é标签😀~"
           "标签^x~TRACE_ON^true~");
}

// The capacity of the map doubles at its 97th entry: order by the low 8 bits of the spread hash.
TEST(RemotingStoresManyPropertiesInAJavaMapsOrder) {
  std::string sent;
  std::vector<std::string> names;
  for (int i = 0; i < 150; i++) names.push_back("user" + std::to_string(i * 37));
  for (const std::string& name : names) sent += name + "\x01v\x02";
  for (const char* added : {"MSG_REGION", "TRACE_ON", "UNIQ_KEY", "CLUSTER"})
    names.push_back(added);
  std::stable_sort(names.begin(), names.end(), [](const std::string& a, const std::string& b) {
    const auto bucket = [](const std::string& name) {
      const auto hash = static_cast<uint32_t>(store::JavaHash(name));
      return (hash ^ (hash >> 16)) & 255;
    };
    return bucket(a) < bucket(b);
  });
  const std::string stored = Stored(sent);
  size_t at = 0;
  for (const std::string& name : names) {
    if (stored.compare(at, name.size() + 1, name + "^") != 0) return Fail(name);
    at = stored.find('~', at) + 1;
  }
  CHECK_EQ(at, stored.size());
}

TEST(RemotingRefusesPropertiesThatAreTooLongOrCollide) {
  const size_t others = Stored("").size();
  const auto with_value = [others](size_t total) {
    return "k\x01" + std::string(total - others - 3, 'v') + "\x02";
  };
  CHECK_EQ(Stored(with_value(32'767)).size(), size_t{32'767});
  CHECK_EQ(Stored(with_value(32'768)), "refused");
  // "Aa" and "BB" have one hash: so do all texts made of them.
  std::string colliding;
  for (int i = 0; i < 64; i++) {
    for (int bit = 0; bit < 6; bit++) colliding += (i >> bit & 1) != 0 ? "Aa" : "BB";
    colliding += "\x01v\x02";
  }
  CHECK_EQ(Stored(colliding), "refused");
  // A map that grows: 200 names pass 96 entries, where the capacity doubles.
  std::string many;
  for (int i = 0; i < 200; i++) many += "user" + std::to_string(i) + "\x01v\x02";
  const std::string stored = Stored(many);
  CHECK_EQ(static_cast<int>(std::count(stored.begin(), stored.end(), '~')), 204);
}

TEST(RemotingNoticesPropertiesThatAskForMore) {
  using remoting::ScanPropertyFacts;
  for (const char* name :
       {"DELAY", "TIMER_DELAY_SEC", "TIMER_DELAY_MS", "TIMER_DELIVER_MS", "TRAN_MSG",
        "_SYS_MSG_PRIORITY_", "INNER_MULTI_DISPATCH", "__LITE_TOPIC"}) {
    const std::string one = Properties({{"a", "1"}, {name, "1"}});
    if (!ScanPropertyFacts(one).special) Fail(name);
  }
  CHECK(!ScanPropertyFacts(Properties({{"DELAYS", "1"}})).special);
  CHECK(ScanPropertyFacts("").wait);
  CHECK(ScanPropertyFacts(Properties({{"WAIT", "TRUE"}})).wait);
  CHECK(!ScanPropertyFacts(Properties({{"WAIT", "false"}})).wait);
  CHECK(!ScanPropertyFacts(Properties({{"WAIT", "yes"}})).wait);
}

TEST(RemotingParsesTagExpressions) {
  std::vector<int32_t> codes;
  CHECK(remoting::ParseTagExpression("*", &codes) && codes.empty());
  CHECK(remoting::ParseTagExpression("", &codes) && codes.empty());
  REQUIRE(remoting::ParseTagExpression(" TagA || 标签||", &codes));
  REQUIRE(codes.size() == 2);
  CHECK_EQ(codes[0], 2598919);
  CHECK_EQ(codes[1], 857175);
  CHECK(!remoting::ParseTagExpression("||", &codes));
  CHECK(!remoting::ParseTagExpression(" ", &codes));
}

TEST(RemotingMakesUniqueKeys) {
  remoting::UniqueKeySource keys;
  keys.SetPrefix("7F0000010001AABBCCDD");
  const std::string first(keys.Next(kNow));
  const std::string second(keys.Next(kNow));
  CHECK_EQ(first.size(), size_t{32});
  CHECK_EQ(first.substr(0, 28), second.substr(0, 28));
  CHECK_EQ(second.substr(28), "0001");
  const int64_t elapsed = std::stoll(first.substr(20, 8), nullptr, 16);
  CHECK(elapsed > 13LL * 24 * 3600 * 1000 && elapsed < 16LL * 24 * 3600 * 1000);
  store::HostAddress host;
  host.bytes[0] = 10;
  host.bytes[3] = 2;
  host.port = 10911;
  CHECK_EQ(remoting::MessageIdPrefix(host), "0A00000200002A9F");
}

}  // namespace apogee::test
