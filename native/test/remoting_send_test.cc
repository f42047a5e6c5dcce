// SPDX-License-Identifier: Apache-2.0
/// Sends through a whole service: what is stored, answered, refused, and handed to the slow path.
#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "store/java_hash.h"
#include "store/recovery.h"
#include "test/fault_io.h"
#include "test/remoting_fixture.h"
#include "test/test.h"

namespace apogee::test {
namespace {

using remoting::Codec;
using remoting::ColdReason;

constexpr Codec kCodecs[] = {Codec::kJson, Codec::kRocketMq};

std::string Send(Codec codec, const Fields& changes = {}, std::string_view body = "hello",
                 int32_t opaque = 1, int32_t flag = 0) {
  return MakeFrame(codec, 310, SendFields(changes), body, opaque, flag);
}

/// A flush thread that stops before each sync until it may go on.
class SyncGate {
 public:
  void Install(FaultIo* io) {
    io->OnSync([this] {
      std::unique_lock<std::mutex> lock(mutex_);
      changed_.wait(lock, [this] { return open_; });
    });
  }
  void Set(bool open) {
    const std::lock_guard<std::mutex> lock(mutex_);
    open_ = open;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = true;
};

/// Opens a gate at the end of a test, before the store waits for its threads.
class OpenAtEnd {
 public:
  explicit OpenAtEnd(SyncGate* gate) : gate_(gate) {}
  ~OpenAtEnd() { gate_->Set(true); }

 private:
  SyncGate* const gate_;
};

store::StoreOptions SyncOptions(const std::string& root) {
  store::StoreOptions options = SmallOptions(root);
  options.flush_disk_type = store::FlushDiskType::kSyncFlush;
  return options;
}

}  // namespace

TEST(RemotingStoresAndAnswersASend) {
  for (const Codec codec : kCodecs) {
    const TempDir dir;
    RemotingFixture broker(SmallOptions(dir.path()));
    REQUIRE(broker.Open());
    store::HostAddress remote;
    remote.bytes[0] = 10;
    remote.port = 40000;
    const int32_t session = broker.service().OpenSession(remote);
    const auto answers = broker.Feed(session, Send(codec, {{"e", "2"}}, "hello", 77));
    REQUIRE(answers.size() == 1);
    CHECK_EQ(answers[0].code, 0);
    CHECK_EQ(answers[0].opaque, 77);
    CHECK_EQ(answers[0].Get("queueId"), "2");
    CHECK_EQ(answers[0].Get("queueOffset"), "0");
    CHECK_EQ(answers[0].Get("msgId"), "7F00000100002A9F0000000000000000");
    CHECK_EQ(answers[0].Get("transactionId"), "K");
    std::vector<uint8_t> record;
    REQUIRE(broker.store()->LookMessage(0, &record));
    store::RecordView view;
    const auto verdict = store::JudgeRecord(record, static_cast<int64_t>(record.size()), 0,
                                            store::CrcCheck::kVerify, &view);
    REQUIRE(verdict.kind == store::RecordKind::kRecord);
    CHECK_EQ(view.queue_id, 2);
    CHECK_EQ(view.store_timestamp, kNow);
    CHECK_EQ(std::string(view.properties.begin(), view.properties.end()),
             Properties({{"MSG_REGION", "DefaultRegion"},
                         {"UNIQ_KEY", "K"},
                         {"CLUSTER", "DefaultCluster"},
                         {"TAGS", "TagA"},
                         {"TRACE_ON", "true"}}));
  }
}

TEST(RemotingServesLongNamesAndChoosesQueues) {
  const TempDir dir;
  RemotingFixture broker(SmallOptions(dir.path()));
  REQUIRE(broker.Open());
  const int32_t session = broker.service().OpenSession({});
  const Fields fields = {{"producerGroup", "PG"},  {"topic", "T"},   {"defaultTopic", "TBW102"},
                         {"queueId", "-1"},        {"sysFlag", "0"}, {"defaultTopicQueueNums", "4"},
                         {"bornTimestamp", "123"}, {"flag", "0"}};
  int seen = 0;
  for (int i = 0; i < 8; i++) {
    const auto answers = broker.Feed(session, MakeFrame(Codec::kJson, 10, fields, "x", i));
    REQUIRE(answers.size() == 1 && answers[0].code == 0);
    CHECK_EQ(answers[0].Get("transactionId").size(), size_t{32});
    seen |= 1 << std::stoi(answers[0].Get("queueId"));
  }
  CHECK_EQ(seen, 15);
}

TEST(RemotingDoesNotAnswerOnewaySends) {
  const TempDir dir;
  RemotingFixture broker(SmallOptions(dir.path()));
  REQUIRE(broker.Open());
  const int32_t session = broker.service().OpenSession({});
  CHECK(broker.Feed(session, Send(Codec::kJson, {}, "one", 1, 2)).empty());
  CHECK_EQ(broker.cold_count(), 0);
  CHECK_EQ(broker.store().Bodies("T", 0).size(), size_t{1});
}

TEST(RemotingExpandsBatches) {
  for (const int32_t code : {310, 320}) {
    const TempDir dir;
    RemotingFixture broker(SmallOptions(dir.path()));
    REQUIRE(broker.Open());
    const int32_t session = broker.service().OpenSession({});
    const std::string items = WireItem("hi", Properties({{"TAGS", "TagA"}})) +
                              WireItem("there", "") + WireItem("x", "WAIT\x01true");
    const auto answers =
        broker.Feed(session, MakeFrame(Codec::kJson, code, SendFields({{"m", "true"}}), items));
    REQUIRE(answers.size() == 1 && answers[0].code == 0);
    CHECK_EQ(answers[0].Get("queueOffset"), "0");
    const auto bodies = broker.store().Bodies("T", 0);
    REQUIRE(bodies.size() == 3);
    CHECK_EQ(bodies[1], "there");
    // Each id leads to its record.
    const std::string ids = answers[0].Get("msgId");
    REQUIRE(ids.size() == 3 * 32 + 2);
    for (size_t i = 0; i < 3; i++) {
      std::vector<uint8_t> record;
      const int64_t offset = std::stoll(ids.substr(i * 33 + 16, 16), nullptr, 16);
      REQUIRE(broker.store()->LookMessage(offset, &record));
      CHECK_EQ(BodiesOf(std::string(record.begin(), record.end()))[0], bodies[i]);
    }
  }
}

TEST(RemotingHandsWhatNeedsADecisionToTheSlowPath) {
  const TempDir dir;
  RemotingFixture broker(SmallOptions(dir.path()));
  REQUIRE(broker.Open());
  broker.service().tables().SetTopic({"cold", 4, 4, 6, 0, false, false});
  const int32_t session = broker.service().OpenSession({});
  const std::string lying = "\x7f" + WireItem("hi", "").substr(1);
  const std::vector<std::pair<Fields, std::string>> cases = {
      {{{"b", "unknown"}}, "x"},
      {{{"b", "cold"}}, "x"},
      {{{"b", ""}}, "x"},
      {{{"e", "4"}}, "x"},
      {{{"e", "x"}}, "x"},
      {{{"g", ""}}, "x"},
      {{{"f", "4"}}, "x"},
      {{}, ""},
      {{}, std::string(16 * 1024 + 1, 'x')},
      {{{"i", Properties({{"DELAY", "3"}})}}, "x"},
      {{{"i", Properties({{"TRAN_MSG", "true"}})}}, "x"},
      {{{"i", std::string(40'000, 'p')}, {"k", "true"}}, "x"},
      {{{"i", "k\x01" + std::string(65'535, 'p')}}, "x"},
      {{{"m", "true"}}, "not a batch"},
      {{{"m", "true"}}, lying},
      {{{"m", "true"}}, WireItem("hi", "") + "\x01"},
      {{{"m", "true"}, {"i", Properties({{"DELAY", "1"}})}}, WireItem("hi", "")},
  };
  for (size_t i = 0; i < cases.size(); i++) {
    const std::string frame = Send(Codec::kJson, cases[i].first, cases[i].second);
    // Bytes without a separator are no property at all: that one is stored.
    if (i == 11) continue;
    if (!broker.Feed(session, frame).empty() || broker.cold_count() != 1 ||
        broker.cold_reason(0) != ColdReason::kChecks || broker.cold_frame(0) != frame) {
      Fail("case " + std::to_string(i));
    }
  }
  CHECK_EQ(broker.store()->stats().messages_put, int64_t{0});
  remoting::BrokerState state;
  state.readable = true;
  broker.service().SetState(state);
  CHECK(broker.Feed(session, Send(Codec::kRocketMq)).empty());
  CHECK_EQ(broker.cold_count(), 1);
}

TEST(RemotingAnswersTheNextFrameOfAChunkAfterACommitFails) {
  const TempDir dir;
  FaultIo io;
  RemotingFixture broker(SmallOptions(dir.path()), &io);
  REQUIRE(broker.Open());
  const int32_t session = broker.service().OpenSession({});
  REQUIRE(broker.Feed(session, Send(Codec::kJson)).size() == 1);
  io.FailAfter(FaultPoint::kWrite, 0, 1 << 30, "commitlog");
  const auto answers =
      broker.Feed(session, Send(Codec::kJson, {}, "a", 1) + Send(Codec::kRocketMq, {}, "b", 2) +
                               Send(Codec::kJson, {}, "oneway", 3, 2) +
                               MakeFrame(Codec::kJson, 11, PullFields(0), {}, 4) +
                               Send(Codec::kJson, {}, "c", 5));
  REQUIRE(answers.size() == 4);
  CHECK_EQ(answers[0].code, 14);
  CHECK_EQ(answers[1].code, 14);
  CHECK_EQ(answers[1].opaque, 2);
  CHECK_EQ(answers[0].Get("MSG_REGION"), "DefaultRegion");
  CHECK_EQ(answers[2].code, 0);
  CHECK_EQ(BodiesOf(answers[2].body).size(), size_t{1});
  CHECK_EQ(answers[3].code, 14);
  CHECK((broker.flags() & remoting::kStoreFailed) != 0);
  CHECK(broker.service().last_error().find("service not available") == 0);
}

TEST(RemotingHoldsAnswersUntilTheDiskHasThem) {
  const TempDir dir;
  FaultIo io;
  SyncGate gate;
  RemotingFixture broker(SyncOptions(dir.path()), &io);
  REQUIRE(broker.Open());
  const OpenAtEnd end(&gate);
  const int32_t one = broker.service().OpenSession({});
  // The first file is made, and synced, for the first message.
  (void)broker.Feed(one, Send(Codec::kJson, {{"e", "1"}}, "first"));
  REQUIRE_OK(broker.store()->WaitDurable(broker.store()->stats().max_physical_offset));
  broker.Drain();
  CHECK_EQ(ParseAnswers(broker.TakeOther(one)).size(), size_t{1});
  gate.Install(&io);
  gate.Set(false);
  const int32_t two = broker.service().OpenSession({});
  const std::string no_wait = Properties({{"WAIT", "false"}});
  const auto at_once = broker.Feed(one, Send(Codec::kJson, {}, "a", 1) +
                                            Send(Codec::kJson, {{"i", no_wait}}, "b", 2) +
                                            Send(Codec::kJson, {}, "c", 3));
  REQUIRE(at_once.size() == 1);
  CHECK_EQ(at_once[0].opaque, 2);
  CHECK(broker.Feed(two, Send(Codec::kRocketMq, {}, "d", 4)).empty());
  broker.Drain();
  broker.Tick();
  CHECK_EQ(broker.TakeOther(one), "");
  // Nothing is visible before it is safe.
  CHECK_EQ(broker.store().Bodies("T", 0).size(), size_t{0});
  gate.Set(true);
  REQUIRE_OK(broker.store()->WaitDurable(broker.store()->stats().max_physical_offset));
  broker.Drain();
  const auto first = ParseAnswers(broker.TakeOther(one));
  REQUIRE(first.size() == 2);
  CHECK_EQ(first[0].opaque, 1);
  CHECK_EQ(first[1].opaque, 3);
  CHECK_EQ(first[1].code, 0);
  const auto second = ParseAnswers(broker.TakeOther(two));
  REQUIRE(second.size() == 1 && second[0].opaque == 4);
  CHECK_EQ(broker.store().Bodies("T", 0).size(), size_t{4});
}

TEST(RemotingAnswersAFlushTimeoutWhenTheDiskIsSlow) {
  const TempDir dir;
  FaultIo io;
  SyncGate gate;
  RemotingFixture broker(SyncOptions(dir.path()), &io);
  REQUIRE(broker.Open());
  const OpenAtEnd end(&gate);
  const int32_t session = broker.service().OpenSession({});
  (void)broker.Feed(session, Send(Codec::kJson, {{"e", "1"}}, "first"));
  REQUIRE_OK(broker.store()->WaitDurable(broker.store()->stats().max_physical_offset));
  broker.Drain();
  CHECK_EQ(ParseAnswers(broker.TakeOther(session)).size(), size_t{1});
  gate.Install(&io);
  gate.Set(false);
  const int32_t gone = broker.service().OpenSession({});
  (void)broker.Feed(session, Send(Codec::kJson, {}, "a", 1));
  (void)broker.Feed(gone, Send(Codec::kJson, {}, "b", 2));
  broker.service().CloseSession(gone);
  store::AppendRequest put;
  put.queue = broker.store()->ResolveQueue("T", 0);
  put.body = AsBytes("put");
  const remoting::PutOutcome outcome = broker.service().Put(put, broker.now);
  CHECK(outcome.ticket != 0);
  broker.now += 4999;
  broker.Tick();
  CHECK_EQ(broker.TakeOther(session), "");
  broker.now += 1;
  broker.Tick();
  const auto answers = ParseAnswers(broker.TakeOther(session));
  REQUIRE(answers.size() == 1);
  CHECK_EQ(answers[0].code, 10);
  CHECK_EQ(answers[0].Get("queueOffset"), "0");
  CHECK_EQ(broker.TakeOther(gone), "");
  REQUIRE(broker.service().completed_puts().size() == 1);
  CHECK(broker.service().completed_puts()[0].fate == remoting::PutFate::kFlushTimeout);
}

TEST(RemotingNeverAnswersSuccessAfterAFailedSync) {
  const TempDir dir;
  FaultIo io;
  RemotingFixture broker(SyncOptions(dir.path()), &io);
  REQUIRE(broker.Open());
  const int32_t session = broker.service().OpenSession({});
  // The first file is made, and synced, for the first message.
  (void)broker.Feed(session, Send(Codec::kJson, {{"e", "1"}}, "first"));
  REQUIRE_OK(broker.store()->WaitDurable(broker.store()->stats().max_physical_offset));
  broker.Drain();
  CHECK_EQ(ParseAnswers(broker.TakeOther(session)).size(), size_t{1});
  io.FailAfter(FaultPoint::kSync, 0, 1 << 30, "commitlog");
  (void)broker.Feed(session, Send(Codec::kJson, {}, "a", 1) + Send(Codec::kJson, {}, "b", 2));
  CHECK(!broker.store()->WaitDurable(broker.store()->stats().max_physical_offset).ok());
  broker.Drain();
  const auto answers = ParseAnswers(broker.TakeOther(session));
  REQUIRE(answers.size() == 2);
  CHECK_EQ(answers[0].code, 14);
  CHECK_EQ(answers[1].code, 14);
  CHECK((broker.flags() & remoting::kStoreFailed) != 0);
}

}  // namespace apogee::test
