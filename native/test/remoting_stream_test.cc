// SPDX-License-Identifier: Apache-2.0
/// Chunks of a byte stream: cut at every place, cut at random, broken in every known way.
#include <random>
#include <string>
#include <vector>

#include "test/remoting_fixture.h"
#include "test/test.h"

namespace apogee::test {
namespace {

using remoting::Codec;

/// A conversation that touches every kind of frame.
std::string Conversation(Codec codec) {
  return MakeFrame(codec, 310, SendFields(), "one", 1) +
         MakeFrame(codec, 34, {{"x", "y"}}, "a heartbeat", 2) +
         MakeFrame(codec, 310, SendFields(), "two", 3, /*flag=*/2) +
         MakeFrame(codec, 320, SendFields({{"m", "true"}}), WireItem("three", ""), 4) +
         MakeFrame(codec, 11, PullFields(0, {{"maxMsgNums", "2"}}), {}, 5) +
         MakeFrame(
             codec, 15,
             {{"consumerGroup", "G"}, {"topic", "T"}, {"queueId", "0"}, {"commitOffset", "1"}}, {},
             6);
}

constexpr int kMessagesPerConversation = 3;

/// Opaques of the answers, in order.
std::string OpaquesOf(const std::vector<Answer>& answers) {
  std::string text;
  for (const Answer& answer : answers) {
    text += std::to_string(answer.opaque) + (answer.code == 0 ? " " : "! ");
  }
  return text;
}

std::string Word(int32_t value) {
  const auto bits = static_cast<uint32_t>(value);
  std::string bytes(4, '\0');
  for (int i = 0; i < 4; i++)
    bytes[static_cast<size_t>(i)] = static_cast<char>(bits >> (24 - 8 * i));
  return bytes;
}

}  // namespace

TEST(RemotingServesAStreamCutAtEveryByte) {
  for (const Codec codec : {Codec::kJson, Codec::kRocketMq}) {
    const TempDir dir;
    store::StoreOptions options = SmallOptions(dir.path());
    options.message_index_enable = false;
    RemotingFixture broker(options);
    REQUIRE(broker.Open());
    const std::string stream = Conversation(codec);
    const std::string_view view = stream;
    int64_t messages = 0;
    for (size_t cut = 0; cut <= stream.size(); cut++) {
      const int32_t session = broker.service().OpenSession({});
      std::vector<Answer> answers = broker.Feed(session, view.substr(0, cut));
      int32_t cold = broker.cold_count();
      for (Answer& answer : broker.Feed(session, view.substr(cut))) answers.push_back(answer);
      cold += broker.cold_count();
      messages += kMessagesPerConversation;
      if (OpaquesOf(answers) != "1 4 5 6 " || cold != 1 ||
          broker.store()->stats().messages_put != messages) {
        return Fail("cut at " + std::to_string(cut) + ": " + OpaquesOf(answers));
      }
      broker.service().CloseSession(session);
    }
  }
}

TEST(RemotingServesAStreamByteByByte) {
  const TempDir dir;
  RemotingFixture broker(SmallOptions(dir.path()));
  REQUIRE(broker.Open());
  const int32_t session = broker.service().OpenSession({});
  std::vector<Answer> answers;
  for (const char& byte : Conversation(Codec::kJson)) {
    for (Answer& answer : broker.Feed(session, {&byte, 1})) answers.push_back(answer);
  }
  CHECK_EQ(OpaquesOf(answers), "1 4 5 6 ");
}

TEST(RemotingServesRandomChunksAsOneStream) {
  for (uint32_t seed = 1; seed <= 20; seed++) {
    const TempDir dir;
    store::StoreOptions options = SmallOptions(dir.path());
    options.message_index_enable = false;
    RemotingFixture broker(options);
    REQUIRE(broker.Open());
    const int32_t session = broker.service().OpenSession({});
    std::mt19937 random(seed);
    std::string stream;
    std::string wanted;
    for (int i = 0; i < 300; i++) {
      const Codec codec = random() % 2 == 0 ? Codec::kJson : Codec::kRocketMq;
      const std::string body(random() % (random() % 8 == 0 ? 9000 : 200) + 1, 'b');
      stream += MakeFrame(codec, 310, SendFields(), body, i);
      wanted += std::to_string(i) + " ";
    }
    std::string got;
    std::string_view rest = stream;
    while (!rest.empty()) {
      const size_t size =
          std::min<size_t>(rest.size(), random() % (random() % 4 == 0 ? 65'536 : 700));
      got += OpaquesOf(broker.Feed(session, rest.substr(0, size)));
      rest.remove_prefix(size);
    }
    if (got != wanted) return Fail("seed " + std::to_string(seed));
  }
}

TEST(RemotingServesHundredsOfFramesInOneChunk) {
  const TempDir dir;
  RemotingFixture broker(SmallOptions(dir.path()));
  REQUIRE(broker.Open());
  const int32_t session = broker.service().OpenSession({});
  std::string chunk;
  int32_t count = 0;
  while (true) {
    const std::string frame = MakeFrame(Codec::kRocketMq, 310, SendFields(), "b", count);
    if (chunk.size() + frame.size() > 65'536) break;
    chunk += frame;
    count += 1;
  }
  CHECK(count > 200);
  const auto answers = broker.Feed(session, chunk);
  REQUIRE(answers.size() == static_cast<size_t>(count));
  CHECK_EQ(answers.back().opaque, count - 1);
  CHECK_EQ(answers.back().Get("queueOffset"), std::to_string(count - 1));
}

TEST(RemotingPassesMoreColdFramesThanOneCallHolds) {
  const TempDir dir;
  RemotingFixture broker(SmallOptions(dir.path()));
  REQUIRE(broker.Open());
  const int32_t session = broker.service().OpenSession({});
  std::string chunk;
  for (int i = 0; i <= remoting::kMaxColdFramesPerCall; i++) {
    chunk += MakeFrame(Codec::kJson, 34, {}, {}, i);
  }
  broker.service().Ingest(session, AsBytes(chunk), kNow);
  CHECK_EQ(broker.cold_count(), remoting::kMaxColdFramesPerCall);
  CHECK(broker.Feed(session, chunk.substr(chunk.size() - broker.cold_frame(0).size() - 2)).empty());
}

TEST(RemotingClosesBrokenStreams) {
  const std::string json = MakeFrame(Codec::kJson, 310, SendFields(), "x");
  std::string truncated = MakeFrame(Codec::kJson, 34, {});
  truncated[5] = truncated[6] = 0;
  truncated[7] = 9;
  const std::vector<std::pair<std::string, std::string>> cases = {
      {Word(0), "length"},
      {Word(3), "length"},
      {Word(INT32_MIN), "length"},
      {Word(16'777'213), "length"},
      {Word(100) + Word(97), "does not fit"},
      {Word(4) + Word(0), "empty"},
      {truncated, "closing brace"},
      {Word(8) + Word(4) + "junk", "does not start with {"},
      {Word(8) + Word((1 << 24) | 4) + "junk", "21 bytes"},
      {Word(8) + Word(5 << 24) + "junk", "encoding 5"},
      {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP"},
      {std::string("\x16\x03\x01\x02\x00\x01\x00", 7), "TLS"},
  };
  const TempDir dir;
  RemotingFixture broker(SmallOptions(dir.path()));
  REQUIRE(broker.Open());
  for (const auto& [bytes, reason] : cases) {
    const int32_t session = broker.service().OpenSession({});
    // A good frame in front is served all the same.
    if (broker.Feed(session, json + bytes + json).size() != 1 ||
        (broker.flags() & remoting::kProtocolError) == 0 ||
        broker.service().last_error().find(reason) == std::string::npos) {
      Fail(reason + ": " + broker.service().last_error());
    }
    const int32_t slow = broker.service().OpenSession({});
    for (const char& byte : bytes) {
      (void)broker.Feed(slow, {&byte, 1});
      if ((broker.flags() & remoting::kProtocolError) != 0) break;
    }
    if ((broker.flags() & remoting::kProtocolError) == 0) Fail("byte by byte: " + reason);
    broker.service().CloseSession(session);
    broker.service().CloseSession(slow);
  }
  CHECK_EQ(broker.service().sessions(), int64_t{0});
}

TEST(RemotingPassesTheLargestFrameAndNoLarger) {
  const TempDir dir;
  RemotingFixture broker(SmallOptions(dir.path()));
  REQUIRE(broker.Open());
  const int32_t session = broker.service().OpenSession({});
  const std::string header = "{\"code\":34}";
  std::string frame = Word(16'777'212) + Word(static_cast<int32_t>(header.size())) + header;
  frame.resize(16'777'216, 'x');
  std::string_view rest = frame;
  while (!rest.empty()) {
    const size_t size = std::min<size_t>(rest.size(), 1 << 20);
    (void)broker.Feed(session, rest.substr(0, size));
    rest.remove_prefix(size);
  }
  REQUIRE(broker.cold_count() == 1);
  CHECK(broker.cold_frame(0) == frame);
  CHECK_EQ(broker.flags(), 0);
}

TEST(RemotingIgnoresSessionsThatAreNotOpen) {
  const TempDir dir;
  RemotingFixture broker(SmallOptions(dir.path()));
  REQUIRE(broker.Open());
  const std::string frame = MakeFrame(Codec::kJson, 310, SendFields(), "x");
  for (const int32_t session : {-1, 0, 7, INT32_MAX}) {
    CHECK(broker.Feed(session, frame).empty());
    broker.service().Serve(session, AsBytes(frame), kNow);
    broker.service().CloseSession(session);
  }
  CHECK_EQ(broker.store()->stats().messages_put, int64_t{0});
}

}  // namespace apogee::test
