// SPDX-License-Identifier: Apache-2.0
/// Readers, queries and flushes beside the appender. Meant for ThreadSanitizer as much as for the
/// checks in it.
#include <atomic>
#include <thread>

#include "test/store_fixture.h"
#include "test/test.h"

namespace apogee::test {
namespace {

using namespace store;

/// Reads a queue from the start to where it grows, until `done` and everything was seen.
void Tail(StoreFixture& store, int32_t queue_id, const std::atomic<bool>& done, int64_t* seen) {
  QueueOffset next = 0;
  for (;;) {
    const bool last_round = done.load();
    ReadRequest request;
    request.queue = store->FindQueue("T", queue_id);
    request.offset = next;
    StringSink sink;
    const ReadOutcome outcome = store->Read(request, &sink);
    if (outcome.status == GetStatus::kFound) {
      for (const std::string& body : BodiesOf(sink.bytes())) {
        if (body == "message " + std::to_string(*seen)) {
          ++*seen;
        } else {
          return Fail("out of order: " + body);
        }
      }
      next = outcome.next_begin_offset;
    } else if (last_round) {
      return;
    } else {
      std::this_thread::yield();
    }
  }
}

TEST(readers_follow_the_appender) {
  for (const FlushDiskType type : {FlushDiskType::kAsyncFlush, FlushDiskType::kSyncFlush}) {
    TempDir dir;
    StoreOptions options = SmallOptions(dir.path());
    options.flush_disk_type = type;
    options.max_index_num = 1000;
    options.flush_interval_commit_log_ms = 1;
    options.flush_interval_consume_queue_ms = 1;
    options.flush_consume_queue_thorough_interval_ms = 5;
    StoreFixture store(options);
    REQUIRE(store.Open());
    constexpr int kPerQueue = 1500;
    std::atomic<bool> done{false};
    int64_t seen[2] = {0, 0};
    std::vector<std::thread> threads;
    for (int queue = 0; queue < 2; ++queue) {
      threads.emplace_back([&, queue] { Tail(store, queue, done, &seen[queue]); });
    }
    threads.emplace_back([&] {
      while (!done) {
        const IndexQueryResult found = store->QueryIndex("T", "all", 50, 0, INT64_MAX);
        for (const PhysicalOffset offset : found.offsets) {
          std::vector<uint8_t> record;
          if (!store->LookMessage(offset, &record)) Fail("an indexed record cannot be read");
        }
        (void)store->OffsetByTime(store->FindQueue("T", 0), kNow + 3, false);
        (void)store->stats();
        (void)store->health();
        std::this_thread::yield();
      }
    });
    const std::string properties = Properties({{"KEYS", "all"}, {"TAGS", "t"}});
    AppendResult last;
    for (int i = 0; i < kPerQueue; ++i) {
      store.now = kNow + i;
      store.Append("T", 0, "message " + std::to_string(i), properties);
      last = store.Append("T", 1, "message " + std::to_string(i), properties);
      if (i % 3 != 0 && i + 1 != kPerQueue) continue;
      CHECK(store->CommitStaged().ok());
      store->DispatchDurable();
    }
    CHECK(store->WaitDurable(last.end_offset).ok());
    store->DispatchDurable();
    done = true;
    for (std::thread& thread : threads) thread.join();
    CHECK_EQ(seen[0], int64_t{kPerQueue});
    CHECK_EQ(seen[1], int64_t{kPerQueue});
    REQUIRE_OK(store.Close());
  }
}

TEST(topics_may_be_deleted_under_their_readers) {
  TempDir dir;
  StoreOptions options = SmallOptions(dir.path());
  options.flush_interval_consume_queue_ms = 1;
  options.flush_consume_queue_thorough_interval_ms = 2;
  StoreFixture store(options);
  REQUIRE(store.Open());
  Queue* const queue = store->ResolveQueue("T", 0);
  std::atomic<bool> done{false};
  std::thread reader([&] {
    while (!done) {
      ReadRequest request;
      request.queue = queue;
      request.offset = store->MinOffset(queue);
      StringSink sink;
      (void)store->Read(request, &sink);
      (void)store->StoreTimestamp(queue, 0);
    }
  });
  for (int round = 0; round < 30; ++round) {
    for (int i = 0; i < 130; ++i) store.Put("T", 0, "m");
    store->DestroyTopicQueues("T");
  }
  done = true;
  reader.join();
  CHECK_EQ(store->MaxOffset(queue), 0);
  REQUIRE_OK(store.Close());
}

TEST(waiters_for_the_disk_all_wake) {
  TempDir dir;
  StoreOptions options = SmallOptions(dir.path());
  options.flush_disk_type = FlushDiskType::kSyncFlush;
  options.sync_flush_on_commit = false;
  StoreFixture store(options);
  REQUIRE(store.Open());
  std::vector<std::thread> waiters;
  std::atomic<int> woken{0};
  for (int i = 0; i < 8; ++i) {
    const PhysicalOffset end = store.Append("T", 0, "m").end_offset;
    REQUIRE_OK(store->CommitStaged());
    waiters.emplace_back([&, end] {
      if (store->WaitDurable(end).ok()) ++woken;
    });
  }
  for (std::thread& waiter : waiters) waiter.join();
  CHECK_EQ(static_cast<int>(woken), 8);
}

}  // namespace
}  // namespace apogee::test
