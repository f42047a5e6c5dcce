// SPDX-License-Identifier: Apache-2.0
/// Pulls through a whole service: answers, filters, waiting, waking, room, offsets.
#include <string>
#include <vector>

#include "store/java_hash.h"
#include "test/remoting_fixture.h"
#include "test/test.h"

namespace apogee::test {
namespace {

using remoting::Codec;
using remoting::ColdReason;

constexpr Codec kCodecs[] = {Codec::kJson, Codec::kRocketMq};

std::string Send(std::string_view tag, std::string_view body, int32_t opaque = 1) {
  const Fields fields = SendFields({{"i", Properties({{"UNIQ_KEY", "K"}, {"TAGS", tag}})}});
  return MakeFrame(Codec::kJson, 310, fields, body, opaque);
}

std::string Pull(int64_t offset, const Fields& changes = {}, int32_t opaque = 9,
                 Codec codec = Codec::kJson, int32_t code = 11) {
  return MakeFrame(codec, code, PullFields(offset, changes), {}, opaque);
}

/// Subscription included and waiting allowed.
const std::pair<std::string, std::string> kMayWait = {"sysFlag", "6"};

}  // namespace

TEST(RemotingServesPullsInBothCodecs) {
  for (const Codec codec : kCodecs) {
    const TempDir dir;
    RemotingFixture broker(SmallOptions(dir.path()));
    REQUIRE(broker.Open());
    const int32_t session = broker.service().OpenSession({});
    (void)broker.Feed(session, Send("A", "one") + Send("B", "two") + Send("A", "three"));
    for (const int32_t code : {11, 361}) {
      const auto answers = broker.Feed(session, Pull(0, {}, 5, codec, code));
      REQUIRE(answers.size() == 1);
      CHECK_EQ(answers[0].code, 0);
      CHECK_EQ(answers[0].Get("nextBeginOffset"), "3");
      CHECK_EQ(answers[0].Get("maxOffset"), "3");
      CHECK_EQ(BodiesOf(answers[0].body).size(), size_t{3});
    }
    const auto filtered = broker.Feed(session, Pull(0, {{"subscription", "A || C"}}, 5, codec));
    REQUIRE(filtered.size() == 1);
    const auto bodies = BodiesOf(filtered[0].body);
    REQUIRE(bodies.size() == 2);
    CHECK_EQ(bodies[1], "three");
    const auto none = broker.Feed(session, Pull(0, {{"subscription", "Z"}}, 5, codec));
    REQUIRE(none.size() == 1);
    CHECK_EQ(none[0].code, 20);
    CHECK_EQ(none[0].Get("nextBeginOffset"), "3");
    CHECK_EQ(broker.Feed(session, Pull(3, {}, 5, codec))[0].code, 19);
    CHECK_EQ(broker.Feed(session, Pull(4, {}, 5, codec))[0].code, 21);
    CHECK_EQ(broker.Feed(session, Pull(-1, {}, 5, codec))[0].code, 21);
    CHECK_EQ(broker.Feed(session, Pull(0, {{"queueId", "3"}}, 5, codec))[0].code, 19);
    CHECK_EQ(broker.Feed(session, Pull(7, {{"queueId", "3"}}, 5, codec))[0].code, 21);
    CHECK_EQ(BodiesOf(broker.Feed(session, Pull(0, {{"maxMsgNums", "1"}}))[0].body).size(),
             size_t{1});
  }
}

TEST(RemotingUsesRegisteredSubscriptions) {
  const TempDir dir;
  RemotingFixture broker(SmallOptions(dir.path()));
  REQUIRE(broker.Open());
  const int32_t session = broker.service().OpenSession({});
  (void)broker.Feed(session, Send("A", "one") + Send("B", "two"));
  const Fields registered = {{"sysFlag", "0"}, {"subscription", ""}, {"subVersion", "7"}};
  remoting::Tables& tables = broker.service().tables();
  const auto is_cold = [&](const Fields& changes) {
    return broker.Feed(session, Pull(0, changes)).empty() && broker.cold_count() == 1 &&
           broker.cold_reason(0) == ColdReason::kChecks;
  };
  CHECK(is_cold(registered));
  tables.SetSubscription("G", "T", {7, std::vector<int32_t>{store::JavaHash("B")}});
  const auto answers = broker.Feed(session, Pull(0, registered));
  REQUIRE(answers.size() == 1);
  CHECK_EQ(BodiesOf(answers[0].body)[0], "two");
  CHECK(is_cold({{"sysFlag", "0"}, {"subVersion", "8"}}));
  tables.SetSubscription("G", "T", {7, std::nullopt});
  CHECK(is_cold(registered));
  tables.RemoveSubscription("G", "T");
  CHECK(is_cold(registered));
}

TEST(RemotingHandsUnusualPullsToTheSlowPath) {
  const TempDir dir;
  RemotingFixture broker(SmallOptions(dir.path()));
  REQUIRE(broker.Open());
  broker.service().tables().SetGroup({"off", false, 0, true});
  broker.service().tables().SetGroup({"cold", true, 0, false});
  broker.service().tables().SetTopic({"unreadable", 4, 4, 2, 0, false, true});
  const int32_t session = broker.service().OpenSession({});
  const std::vector<Fields> cases = {{{"consumerGroup", "unknown"}},
                                     {{"consumerGroup", "off"}},
                                     {{"consumerGroup", "cold"}},
                                     {{"topic", "unknown"}},
                                     {{"topic", "unreadable"}},
                                     {{"queueId", "4"}},
                                     {{"queueId", "-1"}},
                                     {{"expressionType", "SQL92"}},
                                     {{"subscription", "||"}},
                                     {{"sysFlag", "12"}},
                                     {{"liteTopic", "x"}},
                                     {{"requestSource", "1"}},
                                     {{"queueOffset", "x"}},
                                     {{"subVersion", ""}},
                                     {{"maxMsgNums", "1.5"}}};
  for (size_t i = 0; i < cases.size(); i++) {
    const std::string frame = Pull(0, cases[i]);
    if (!broker.Feed(session, frame).empty() || broker.cold_count() != 1 ||
        broker.cold_frame(0) != frame) {
      Fail("case " + std::to_string(i));
    }
  }
  remoting::BrokerState state;
  state.readable = true;
  state.lite_pull_message_enable = false;
  broker.service().SetState(state);
  CHECK_EQ(broker.Feed(session, Pull(0, {}, 9, Codec::kJson, 11)).size(), size_t{1});
  CHECK(broker.Feed(session, Pull(0, {}, 9, Codec::kJson, 361)).empty());
}

TEST(RemotingWakesAWaitingPull) {
  const TempDir dir;
  RemotingFixture broker(SmallOptions(dir.path()));
  REQUIRE(broker.Open());
  const int32_t producer = broker.service().OpenSession({});
  const int32_t consumer = broker.service().OpenSession({});
  const int32_t filtering = broker.service().OpenSession({});
  CHECK(broker.Feed(consumer, Pull(0, {kMayWait}, 21)).empty());
  CHECK(broker.Feed(filtering, Pull(0, {kMayWait, {"subscription", "B"}}, 22)).empty());
  CHECK_EQ(broker.service().suspended_pulls(), 2);
  CHECK_EQ(broker.Feed(producer, Send("A", "one")).size(), size_t{1});
  const auto woken = ParseAnswers(broker.TakeOther(consumer));
  REQUIRE(woken.size() == 1);
  CHECK_EQ(woken[0].opaque, 21);
  CHECK_EQ(woken[0].code, 0);
  CHECK_EQ(BodiesOf(woken[0].body)[0], "one");
  CHECK_EQ(broker.TakeOther(filtering), "");
  (void)broker.Feed(producer, Send("A", "two") + Send("B", "three") + Send("A", "four"));
  const auto matched = ParseAnswers(broker.TakeOther(filtering));
  REQUIRE(matched.size() == 1);
  CHECK_EQ(BodiesOf(matched[0].body)[0], "three");
  CHECK_EQ(BodiesOf(matched[0].body).size(), size_t{1});
  CHECK_EQ(matched[0].Get("nextBeginOffset"), "4");
  CHECK_EQ(broker.service().suspended_pulls(), 0);
}

TEST(RemotingPutsOwnWakeUpsBehindOwnReplies) {
  const TempDir dir;
  RemotingFixture broker(SmallOptions(dir.path()));
  REQUIRE(broker.Open());
  const int32_t one = broker.service().OpenSession({});
  const int32_t two = broker.service().OpenSession({});
  CHECK(broker.Feed(two, Pull(0, {kMayWait}, 31)).empty());
  CHECK(broker.Feed(one, Pull(0, {kMayWait}, 32)).empty());
  const auto own = broker.Feed(one, Send("A", "x", 33) + Send("A", "y", 34));
  REQUIRE(own.size() == 3);
  CHECK_EQ(own[0].opaque, 33);
  CHECK_EQ(own[2].opaque, 32);
  CHECK_EQ(BodiesOf(own[2].body).size(), size_t{2});
  CHECK_EQ(ParseAnswers(broker.TakeOther(two))[0].opaque, 31);
}

TEST(RemotingWakesPullsForPuts) {
  const TempDir dir;
  RemotingFixture broker(SmallOptions(dir.path()));
  REQUIRE(broker.Open());
  const int32_t consumer = broker.service().OpenSession({});
  CHECK(broker.Feed(consumer, Pull(0, {kMayWait})).empty());
  store::AppendRequest put;
  put.queue = broker.store()->ResolveQueue("T", 0);
  put.body = AsBytes("put");
  CHECK_EQ(broker.service().Put(put, broker.now).ticket, int64_t{0});
  CHECK(broker.service().HasOutput());
  broker.Drain();
  CHECK_EQ(ParseAnswers(broker.TakeOther(consumer)).size(), size_t{1});
  CHECK(!broker.service().HasOutput());
}

TEST(RemotingAnswersAWaitingPullWhenItsTimeIsOver) {
  for (const bool long_polling : {true, false}) {
    const TempDir dir;
    RemotingFixture broker(SmallOptions(dir.path()));
    REQUIRE(broker.Open());
    remoting::BrokerState state;
    state.readable = state.writable = true;
    state.long_polling_enable = long_polling;
    broker.service().SetState(state);
    const int32_t session = broker.service().OpenSession({});
    broker.Tick();
    CHECK(broker.Feed(session, Pull(0, {kMayWait, {"suspendTimeoutMillis", "2500"}})).empty());
    broker.now += long_polling ? 2499 : 999;
    broker.Tick();
    CHECK_EQ(broker.TakeOther(session), "");
    broker.now += 65;
    broker.Tick();
    const auto answers = ParseAnswers(broker.TakeOther(session));
    REQUIRE(answers.size() == 1);
    CHECK_EQ(answers[0].code, 19);
    CHECK_EQ(broker.service().suspended_pulls(), 0);
  }
}

TEST(RemotingMovesFilteringConsumersOnEveryFiveSeconds) {
  const TempDir dir;
  RemotingFixture broker(SmallOptions(dir.path()));
  REQUIRE(broker.Open());
  const int32_t session = broker.service().OpenSession({});
  broker.Tick();
  CHECK(broker.Feed(session, Pull(0, {kMayWait, {"subscription", "B"}})).empty());
  const int32_t producer = broker.service().OpenSession({});
  for (int i = 0; i < 3; i++) (void)broker.Feed(producer, Send("A", "x"));
  broker.now += 4900;
  broker.Tick();
  CHECK_EQ(broker.TakeOther(session), "");
  broker.now += 200;
  broker.Tick();
  const auto answers = ParseAnswers(broker.TakeOther(session));
  REQUIRE(answers.size() == 1);
  CHECK_EQ(answers[0].code, 20);
  CHECK_EQ(answers[0].Get("nextBeginOffset"), "3");
}

TEST(RemotingSurvivesAClockThatIsSetBack) {
  const TempDir dir;
  RemotingFixture broker(SmallOptions(dir.path()));
  REQUIRE(broker.Open());
  const int32_t session = broker.service().OpenSession({});
  broker.Tick();
  CHECK(broker.Feed(session, Pull(0, {kMayWait})).empty());
  broker.now -= 3'600'000;
  broker.Tick();
  const auto answers = ParseAnswers(broker.TakeOther(session));
  REQUIRE(answers.size() == 1);
  CHECK_EQ(answers[0].code, 19);
}

TEST(RemotingForgetsPullsOfClosedSessions) {
  const TempDir dir;
  RemotingFixture broker(SmallOptions(dir.path()));
  REQUIRE(broker.Open());
  const int32_t producer = broker.service().OpenSession({});
  const int32_t consumer = broker.service().OpenSession({});
  for (int i = 0; i < 4; i++) (void)broker.Feed(consumer, Pull(0, {kMayWait}, i));
  CHECK_EQ(broker.service().suspended_pulls(), 4);
  broker.service().CloseSession(consumer);
  CHECK_EQ(broker.service().suspended_pulls(), 0);
  const int32_t again = broker.service().OpenSession({});
  CHECK_EQ(again, consumer);
  (void)broker.Feed(producer, Send("A", "x"));
  CHECK_EQ(broker.TakeOther(consumer), "");
}

TEST(RemotingBoundsWaitingPulls) {
  const TempDir dir;
  RemotingFixture broker(SmallOptions(dir.path()));
  REQUIRE(broker.Open());
  const int32_t session = broker.service().OpenSession({});
  const std::string pull = Pull(0, {kMayWait}, 1, Codec::kRocketMq);
  std::string chunk;
  for (int i = 0; i < 100; i++) chunk += pull;
  for (int i = 0; i < remoting::kMaxSuspendedPulls / 100; i++) (void)broker.Feed(session, chunk);
  CHECK_EQ(broker.service().suspended_pulls(), remoting::kMaxSuspendedPulls);
  const auto answers = broker.Feed(session, pull);
  REQUIRE(answers.size() == 1);
  CHECK_EQ(answers[0].code, 19);
  // All of them are woken through many slabs, each once.
  const int32_t producer = broker.service().OpenSession({});
  (void)broker.Feed(producer, Send("A", "x"));
  CHECK_EQ(broker.service().suspended_pulls(), 0);
  CHECK_EQ(ParseAnswers(broker.TakeOther(session)).size(),
           static_cast<size_t>(remoting::kMaxSuspendedPulls));
}

TEST(RemotingStopsWhenTheSlabIsFull) {
  const TempDir dir;
  RemotingFixture broker(SmallOptions(dir.path()));
  broker.output_bytes = 512 * 1024;
  REQUIRE(broker.Open());
  REQUIRE(broker.output_bytes >= broker.service().min_output_bytes());
  const int32_t session = broker.service().OpenSession({});
  const std::string body(15'000, 'b');
  for (int i = 0; i < 16; i++) (void)broker.Feed(session, Send("A", body));
  std::string chunk;
  for (int i = 0; i < 40; i++) chunk += Pull(0, {}, i);
  const auto answers = broker.Feed(session, chunk);
  REQUIRE(answers.size() == 40);
  for (int i = 0; i < 40; i++) {
    if (answers[static_cast<size_t>(i)].opaque != i) return Fail("out of order");
  }
}

TEST(RemotingCommitsOffsets) {
  const TempDir dir;
  RemotingFixture broker(SmallOptions(dir.path()));
  REQUIRE(broker.Open());
  broker.service().tables().SetGroup({"cold", true, 0, false});
  const int32_t session = broker.service().OpenSession({});
  remoting::OffsetTable& offsets = broker.service().offsets();
  (void)broker.Feed(session, Pull(0, {{"sysFlag", "5"}, {"commitOffset", "12"}}));
  CHECK_EQ(offsets.Query("G", "T", 0), int64_t{12});
  const uint64_t version = offsets.version();
  const Fields commit = {
      {"consumerGroup", "G"}, {"topic", "T"}, {"queueId", "3"}, {"commitOffset", "5"}};
  const auto update = [&](const Fields& fields, int32_t flag = 0) {
    return broker.Feed(session, MakeFrame(Codec::kJson, 15, fields, {}, 8, flag));
  };
  const auto answers = update(commit);
  REQUIRE(answers.size() == 1);
  CHECK_EQ(answers[0].code, 0);
  CHECK_EQ(offsets.Query("G", "T", 3), int64_t{5});
  CHECK(offsets.version() > version);
  CHECK(update(commit, 2).empty());
  CHECK_EQ(broker.cold_count(), 0);
  for (const Fields& change :
       {Fields{{"consumerGroup", "none"}}, Fields{{"topic", "none"}}, Fields{{"queueId", "4"}},
        Fields{{"commitOffset", "x"}}, Fields{{"consumerGroup", "cold"}}}) {
    Fields fields = commit;
    for (auto& field : fields) {
      if (field.first == change[0].first) field.second = change[0].second;
    }
    CHECK(update(fields).empty());
    CHECK_EQ(broker.cold_count(), 1);
  }
  int count = 0;
  offsets.ForEach([&](const std::string&, const std::string&, int32_t, int64_t) { count += 1; });
  CHECK_EQ(count, 2);
  offsets.Remove("G", "");
  CHECK_EQ(offsets.Query("G", "T", 3), int64_t{-1});
}

TEST(RemotingSendsPullsToThePoolWhenAsked) {
  const TempDir dir;
  RemotingFixture broker(SmallOptions(dir.path()));
  REQUIRE(broker.Open());
  remoting::BrokerState state;
  state.readable = state.writable = true;
  state.pull_execution = remoting::PullExecution::kPool;
  broker.service().SetState(state);
  const int32_t session = broker.service().OpenSession({});
  (void)broker.Feed(session, Send("A", "one"));
  const std::string pull = Pull(0, {{"sysFlag", "7"}, {"commitOffset", "3"}}, 44);
  CHECK(broker.Feed(session, pull).empty());
  REQUIRE(broker.cold_count() == 1);
  CHECK(broker.cold_reason(0) == ColdReason::kColdRead);
  CHECK_EQ(broker.service().offsets().Query("G", "T", 0), int64_t{3});
  std::vector<uint8_t> reply;
  REQUIRE(broker.service().ServeColdPull(AsBytes(pull), &reply));
  const auto answers = ParseAnswers({reinterpret_cast<const char*>(reply.data()), reply.size()});
  REQUIRE(answers.size() == 1);
  CHECK_EQ(answers[0].opaque, 44);
  CHECK_EQ(BodiesOf(answers[0].body)[0], "one");
  // What has to wait is not the pool's, and is served here when it comes back.
  const std::string waiting = Pull(1, {kMayWait});
  CHECK(!broker.service().ServeColdPull(AsBytes(waiting), &reply));
  CHECK(!broker.service().ServeColdPull(AsBytes(waiting.substr(0, 20)), &reply));
  CHECK(!broker.service().ServeColdPull(AsBytes(Send("A", "x")), &reply));
  CHECK(broker.Feed(session, waiting).empty());
  CHECK_EQ(broker.service().suspended_pulls(), 1);
  broker.service().Serve(session, AsBytes(pull), broker.now);
  CHECK_EQ(broker.cold_count(), 0);
}

}  // namespace apogee::test
