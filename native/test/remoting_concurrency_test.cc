// SPDX-License-Identifier: Apache-2.0
/// Pool threads beside the I/O thread; run with SANITIZE=thread it finds what is shared unguarded.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "test/remoting_fixture.h"
#include "test/test.h"

namespace apogee::test {

using remoting::Codec;

TEST(RemotingServesColdPullsBesideTheWriter) {
  const TempDir dir;
  store::StoreOptions options = SmallOptions(dir.path());
  options.commit_log_file_size = 1024 * 1024;
  RemotingFixture broker(options);
  REQUIRE(broker.Open());
  const int32_t producer = broker.service().OpenSession({});
  const int32_t consumer = broker.service().OpenSession({});
  const std::string send = MakeFrame(Codec::kJson, 310, SendFields(), "hello");
  (void)broker.Feed(producer, send);

  std::atomic<bool> stop = false;
  std::atomic<int> wrong = 0;
  std::atomic<int> served = 0;
  std::vector<std::thread> pool;
  for (int i = 0; i < 2; i++) {
    pool.emplace_back([&, i] {
      int64_t offset = 0;
      while (!stop) {
        const std::string pull =
            MakeFrame(i == 0 ? Codec::kJson : Codec::kRocketMq, 11, PullFields(offset));
        std::vector<uint8_t> reply;
        // False while the tables below lack the topic.
        if (!broker.service().ServeColdPull(AsBytes(pull), &reply)) continue;
        const auto answers =
            ParseAnswers({reinterpret_cast<const char*>(reply.data()), reply.size()});
        if (answers.size() != 1 || (answers[0].code != 0 && answers[0].code != 19)) wrong += 1;
        if (answers.size() == 1) offset = std::stoll(answers[0].Get("nextBeginOffset"));
        served += 1;
      }
    });
  }
  const std::string waiting = MakeFrame(Codec::kJson, 11, PullFields(1'000'000));
  for (int round = 0; round < 400 || served < 100; round++) {
    (void)broker.Feed(producer, send + send);
    (void)broker.Feed(consumer, waiting);
    remoting::Tables& tables = broker.service().tables();
    if (round % 3 == 0) tables.RemoveTopic("T");
    tables.SetTopic({"T", 4, 4, 6, round, false, true});
    tables.SetGroup({"G", true, round, true});
    tables.SetSubscription("G", "T", {round, std::vector<int32_t>{round}});
    broker.now += 10;
    broker.Tick();
  }
  stop = true;
  for (std::thread& thread : pool) thread.join();
  CHECK_EQ(wrong.load(), 0);
  CHECK(served >= 100);
}

}  // namespace apogee::test
