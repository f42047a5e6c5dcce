// SPDX-License-Identifier: Apache-2.0
/// Appending and what becomes visible: offsets, rolls, batches, limits, transactions, SYNC_FLUSH.
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>

#include "store/endian.h"
#include "store/layout.h"
#include "test/fault_io.h"
#include "test/store_fixture.h"
#include "test/test.h"

namespace apogee::test {
namespace {

using namespace store;

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

AppendResult PutBatch(StoreFixture& store, std::string_view topic, const std::string& items) {
  AppendBatchRequest request;
  request.queue = store->ResolveQueue(topic, 0);
  request.items = AsBytes(items);
  request.store_timestamp = store.now;
  const AppendResult result = store->AppendBatch(request);
  CHECK(store->CommitStaged().ok());
  return result;
}

TEST(messages_come_back_in_order_with_their_offsets) {
  TempDir dir;
  StoreFixture store(SmallOptions(dir.path()));
  REQUIRE(store.Open());
  const AppendResult first = store.Put("A", 0, "one");
  const AppendResult second = store.Put("A", 0, "two");
  const AppendResult other = store.Put("A", 1, "three");
  CHECK(first.status == PutStatus::kOk);
  CHECK_EQ(first.physical_offset, 0);
  CHECK_EQ(first.end_offset, second.physical_offset);
  CHECK_EQ(first.queue_offset, 0);
  CHECK_EQ(second.queue_offset, 1);
  CHECK_EQ(other.queue_offset, 0);
  CHECK(store.Bodies("A", 0) == (std::vector<std::string>{"one", "two"}));
  CHECK(store.Bodies("A", 1) == (std::vector<std::string>{"three"}));
  const StoreStats stats = store->stats();
  CHECK_EQ(stats.messages_put, 3);
  CHECK_EQ(stats.max_physical_offset, other.end_offset);
  CHECK_EQ(stats.bytes_put, other.end_offset);
  CHECK_EQ(stats.messages_read, 3);
  CHECK_EQ(stats.dispatch_behind_bytes, 0);
}

TEST(nothing_staged_is_visible_before_the_commit) {
  TempDir dir;
  StoreFixture store(SmallOptions(dir.path()));
  REQUIRE(store.Open());
  int arrivals = 0;
  store->SetQueueArrival([&](Queue* queue) {
    ++arrivals;
    CHECK(QueueTopic(queue) == "A");
  });
  CHECK(store.Append("A", 0, "one").status == PutStatus::kOk);
  CHECK(store.Append("A", 0, "two").status == PutStatus::kOk);
  CHECK(store->HasStaged());
  CHECK(store.Bodies("A", 0).empty());
  CHECK_EQ(arrivals, 0);
  REQUIRE_OK(store->CommitStaged());
  CHECK(!store->HasStaged());
  CHECK_EQ(arrivals, 1);
  CHECK(store.Bodies("A", 0).size() == 2);
}

TEST(a_file_ends_with_a_filler_and_the_log_goes_on_in_the_next) {
  TempDir dir;
  StoreFixture store(SmallOptions(dir.path()));
  REQUIRE(store.Open());
  const std::string body(1000, 'b');
  std::vector<AppendResult> results;
  for (int i = 0; i < 200; ++i) results.push_back(store.Put("T", 0, body + std::to_string(i)));
  const auto roll = std::find_if(results.begin(), results.end(), [](const AppendResult& result) {
    return result.physical_offset == 64 * 1024;
  });
  REQUIRE(roll != results.end() && roll != results.begin());
  const int64_t end = (roll - 1)->end_offset;
  const std::string file = ReadFile(dir.path() + "/commitlog/00000000000000000000");
  CHECK(file.size() == 64 * 1024);
  const auto* filler = reinterpret_cast<const uint8_t*>(file.data()) + end;
  CHECK_EQ(LoadI32(filler), static_cast<int32_t>(64 * 1024 - end));
  CHECK_EQ(LoadI32(filler + 4), kMagicBlank);
  CHECK(store.Bodies("T", 0).size() == 200);
  const int64_t consumed = store->stats().max_physical_offset;
  REQUIRE_OK(store.Close());
  REQUIRE(store.Open());
  CHECK_EQ(store->stats().max_physical_offset, consumed);
  CHECK(store.Bodies("T", 0).size() == 200);
}

TEST(one_chunk_may_cross_files_and_outgrow_the_arena) {
  TempDir dir;
  StoreFixture store(SmallOptions(dir.path()));
  REQUIRE(store.Open());
  for (int i = 0; i < 500; ++i) {
    REQUIRE(store.Append("T", i % 3, std::string(1500, 'x')).status == PutStatus::kOk);
  }
  CHECK(store.Bodies("T", 0).empty());
  REQUIRE_OK(store->CommitStaged());
  CHECK(store.Bodies("T", 0).size() + store.Bodies("T", 1).size() + store.Bodies("T", 2).size() ==
        500);
}

TEST(a_record_fits_up_to_eight_bytes_before_the_end_of_a_file) {
  TempDir dir;
  StoreOptions options = SmallOptions(dir.path());
  options.commit_log_file_size = 4096;
  StoreFixture store(options);
  REQUIRE(store.Open());
  const size_t largest = 4096 - 8 - record_layout::kMinimumSize - 1;
  CHECK(store.Put("T", 0, std::string(largest, 'x')).physical_offset == 0);
  CHECK(store.Put("T", 0, std::string(largest + 1, 'x')).status == PutStatus::kMessageIllegal);
  CHECK(store.Put("T", 0, std::string(largest, 'y')).physical_offset == 4096);
  CHECK(store.Bodies("T", 0).size() == 2);
}

TEST(limits_hold_at_the_limit_and_one_past_it) {
  TempDir dir;
  StoreOptions options = SmallOptions(dir.path());
  options.commit_log_file_size = 1024 * 1024;
  StoreFixture store(options);
  REQUIRE(store.Open());
  const auto status = [&](std::string_view topic, size_t body, size_t properties) {
    return store.Put(topic, 0, std::string(body, 'b'), std::string(properties, 'p')).status;
  };
  const auto max = static_cast<size_t>(options.max_message_size);
  CHECK(status("T", max, 0) == PutStatus::kOk);
  CHECK(status("T", max + 1, 0) == PutStatus::kMessageIllegal);
  CHECK(status("T", 0, 0) == PutStatus::kMessageIllegal);
  CHECK(status("T", 1, 32'767) == PutStatus::kOk);
  CHECK(status("T", 1, 32'768) == PutStatus::kPropertiesSizeExceeded);
  CHECK(status(std::string(127, 't'), 1, 0) == PutStatus::kOk);
  CHECK(status(std::string(128, 't'), 1, 0) == PutStatus::kMessageIllegal);
  CHECK(status("%RETRY%" + std::string(248, 'g'), 1, 0) == PutStatus::kOk);
  CHECK(status("%RETRY%" + std::string(249, 'g'), 1, 0) == PutStatus::kMessageIllegal);
  CHECK(status("", 1, 0) == PutStatus::kMessageIllegal);
  CHECK(status("../escape", 1, 0) == PutStatus::kMessageIllegal);
  // 130 bytes in 122 UTF-16 units would need the form that only names of 128 units have.
  const std::string name = "%RETRY%" + std::string(111, 'g');
  CHECK(status(name + "中中中", 1, 0) == PutStatus::kOk);
  CHECK(status(name + "中中中中", 1, 0) == PutStatus::kMessageIllegal);
  CHECK(status(name + "中中中中中中中中中中", 1, 0) == PutStatus::kOk);
  CHECK_EQ(store->stats().messages_put, 6);
}

TEST(a_batch_becomes_records_with_consecutive_offsets_or_nothing) {
  TempDir dir;
  StoreFixture store(SmallOptions(dir.path()));
  REQUIRE(store.Open());
  const std::string items = WireItem("a", Properties({{"TAGS", "x"}})) + WireItem("bb", "") +
                            WireItem("", Properties({{"KEYS", "k"}}));
  const AppendResult result = PutBatch(store, "B", items);
  CHECK(result.status == PutStatus::kOk);
  CHECK_EQ(result.message_count, 3);
  CHECK(store.Bodies("B", 0) == (std::vector<std::string>{"a", "bb", ""}));
  for (size_t cut = 0; cut < items.size(); ++cut) {
    const bool whole = cut == WireItem("a", Properties({{"TAGS", "x"}})).size() ||
                       cut == items.size() - WireItem("", Properties({{"KEYS", "k"}})).size();
    if (whole) continue;
    CHECK(PutBatch(store, "B", items.substr(0, cut)).status == PutStatus::kMessageIllegal);
  }
  for (const int32_t lie : {-1, 0, 21, 1000, INT32_MAX, INT32_MIN}) {
    for (const size_t field : {size_t{0}, size_t{16}}) {
      std::string bad = items;
      StoreI32(reinterpret_cast<uint8_t*>(bad.data()) + field, lie);
      CHECK(PutBatch(store, "B", bad).status == PutStatus::kMessageIllegal);
    }
  }
  CHECK(store.Bodies("B", 0).size() == 3);
  const std::string big(static_cast<size_t>(store.options().max_message_size), '\0');
  CHECK(PutBatch(store, "B", big + "x").status == PutStatus::kMessageIllegal);
}

TEST(half_and_rolled_back_messages_take_no_queue_offset) {
  TempDir dir;
  StoreFixture store(SmallOptions(dir.path()));
  REQUIRE(store.Open());
  for (const int32_t flags : {4, 12}) {
    AppendRequest request;
    request.queue = store->ResolveQueue("T", 0);
    request.body = AsBytes("half");
    request.sys_flag = flags;
    CHECK_EQ(store->Append(request).queue_offset, 0);
    REQUIRE_OK(store->CommitStaged());
  }
  CHECK_EQ(store->MaxOffset(store->FindQueue("T", 0)), 0);
  CHECK_EQ(store.Put("T", 0, "whole").queue_offset, 0);
  CHECK(store.Bodies("T", 0) == (std::vector<std::string>{"whole"}));
}

TEST(schedule_queue_keeps_the_time_of_delivery) {
  TempDir dir;
  StoreFixture store(SmallOptions(dir.path()));
  REQUIRE(store.Open());
  store.Put("SCHEDULE_TOPIC_XXXX", 1, "m", Properties({{"DELAY", "2"}, {"TAGS", "t"}}));
  store.Put("SCHEDULE_TOPIC_XXXX", 1, "m", Properties({{"DELAY", "99"}}));
  REQUIRE_OK(store.Close());
  const std::string file =
      ReadFile(dir.path() + "/consumequeue/SCHEDULE_TOPIC_XXXX/1/00000000000000000000");
  const auto* entries = reinterpret_cast<const uint8_t*>(file.data());
  CHECK_EQ(LoadI64(entries + 12), kNow + 5000);
  CHECK_EQ(LoadI64(entries + 32), kNow + 2 * 3600 * 1000);
}

TEST(deleting_a_topic_empties_its_queues_and_a_new_one_starts_at_zero) {
  TempDir dir;
  StoreFixture store(SmallOptions(dir.path()));
  REQUIRE(store.Open());
  for (int i = 0; i < 150; ++i) store.Put("T", 0, "old");
  Queue* const queue = store->FindQueue("T", 0);
  store->DestroyTopicQueues("T");
  CHECK(!std::filesystem::exists(dir.path() + "/consumequeue/T"));
  CHECK_EQ(store->MaxOffset(queue), 0);
  CHECK(store.Bodies("T", 0).empty());
  CHECK_EQ(store.Put("T", 0, "new").queue_offset, 0);
  CHECK(store->FindQueue("T", 0) == queue);
  CHECK(store.Bodies("T", 0) == (std::vector<std::string>{"new"}));
  // The log still holds the old messages; a restart after a crash must not bring them back in the
  // place of the new ones.
  store.Crash();
  REQUIRE(store.Open());
  CHECK(store.Bodies("T", 0) == (std::vector<std::string>{"new"}));
}

TEST(ten_thousand_queues_cost_a_small_file_each) {
  TempDir dir;
  StoreOptions options = SmallOptions(dir.path());
  options.commit_log_file_size = 16 * 1024 * 1024;
  options.consume_queue_file_size = 300'000 * 20;
  options.message_index_enable = false;
  StoreFixture store(options);
  REQUIRE(store.Open());
  for (int i = 0; i < 10'000; ++i) {
    REQUIRE(store.Append("T" + std::to_string(i / 16), i % 16, "m").status == PutStatus::kOk);
  }
  REQUIRE_OK(store->CommitStaged());
  CHECK(store.Bodies("T624", 15).size() == 1);
  REQUIRE_OK(store.Close());
  REQUIRE(store.Open());
  CHECK_EQ(store->recovery().recovered_messages, 0);
  CHECK(store.Bodies("T0", 0).size() == 1);
  CHECK_EQ(store.Put("T624", 15, "next").queue_offset, 1);
}

TEST(sync_flush_shows_messages_only_once_they_are_durable) {
  TempDir dir;
  FaultIo io;
  StoreOptions options = SmallOptions(dir.path());
  options.flush_disk_type = FlushDiskType::kSyncFlush;
  options.sync_flush_on_commit = false;
  StoreFixture store(options, &io);
  REQUIRE(store.Open());
  const AppendResult result = store.Append("T", 0, "m");
  REQUIRE_OK(store->CommitStaged());
  store->DispatchDurable();
  CHECK(store.Bodies("T", 0).empty());
  std::vector<uint8_t> record;
  CHECK(!store->LookMessage(result.physical_offset, &record));
  REQUIRE_OK(store->WaitDurable(result.end_offset));
  store->DispatchDurable();
  CHECK(store.Bodies("T", 0).size() == 1);
  CHECK(store->LookMessage(result.physical_offset, &record));
  CHECK_EQ(store->durable_offset(), result.end_offset);
}

TEST(one_sync_serves_all_messages_that_came_during_the_one_before) {
  TempDir dir;
  FaultIo io;
  StoreOptions options = SmallOptions(dir.path());
  options.commit_log_file_size = 4 * 1024 * 1024;
  options.flush_disk_type = FlushDiskType::kSyncFlush;
  StoreFixture store(options, &io);
  REQUIRE(store.Open());
  std::mutex mutex;
  std::condition_variable changed;
  std::atomic<int> notices{0};
  store->SetDurableListener([&] {
    std::lock_guard lock(mutex);
    ++notices;
    changed.notify_all();
  });
  AppendResult last;
  for (int i = 0; i < 5000; ++i) {
    last = store.Append("T", 0, "message");
    REQUIRE_OK(store->CommitStaged());
  }
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return store->durable_offset() >= last.end_offset; });
  }
  store->DispatchDurable();
  CHECK(store.Bodies("T", 0).size() == 5000);
  const int64_t syncs = store->stats().commit_log_syncs;
  CHECK(syncs >= 1 && syncs < 2500);
  CHECK_EQ(static_cast<int64_t>(notices), syncs);
}

TEST(zeros_in_front_of_the_log_never_meet_messages) {
  TempDir dir;
  StoreOptions options = SmallOptions(dir.path());
  options.commit_log_file_size = 6 * 1024 * 1024;
  options.consume_queue_file_size = 300'000 * 20;
  options.flush_disk_type = FlushDiskType::kSyncFlush;
  StoreFixture store(options);
  REQUIRE(store.Open());
  // Bursts that run over the prepared range, and pauses in which it gets ahead again.
  constexpr int kMessages = 16'000;
  AppendResult last;
  for (int i = 0; i < kMessages; ++i) {
    last = store.Append("T", 0, std::string(static_cast<size_t>(i % 1900 + 1), 'x'));
    REQUIRE(last.status == PutStatus::kOk);
    if (i % 37 != 0) continue;
    REQUIRE_OK(store->CommitStaged());
    if (i % (37 * 50) == 0) REQUIRE_OK(store->WaitDurable(last.end_offset));
  }
  CHECK(!store->WaitDurable(last.end_offset + 1).ok());
  REQUIRE_OK(store->CommitStaged());
  REQUIRE_OK(store->WaitDurable(last.end_offset));
  store->DispatchDurable();
  CHECK(store.Bodies("T", 0).size() == kMessages);
  store.Crash();
  REQUIRE(store.Open());
  CHECK(store.Bodies("T", 0).size() == kMessages);
  CHECK_EQ(store->stats().max_physical_offset, last.end_offset);
}

TEST(dispatch_goes_back_to_the_log_when_the_ring_is_full) {
  TempDir dir;
  StoreOptions options = SmallOptions(dir.path());
  options.commit_log_file_size = 4 * 1024 * 1024;
  options.consume_queue_file_size = 20'000 * 20;
  options.message_index_enable = false;
  StoreFixture store(options);
  REQUIRE(store.Open());
  constexpr int kMessages = 70'000;
  for (int i = 0; i < kMessages; ++i) {
    REQUIRE(store.Append("T", i % 2, "m").status == PutStatus::kOk);
  }
  REQUIRE_OK(store->CommitStaged());
  CHECK_EQ(store->MaxOffset(store->FindQueue("T", 0)), kMessages / 2);
  CHECK_EQ(store->MaxOffset(store->FindQueue("T", 1)), kMessages / 2);
  CHECK_EQ(store->stats().dispatch_behind_bytes, 0);
  CHECK_EQ(store.Put("T", 0, "after").queue_offset, kMessages / 2);
  CHECK(store.Bodies("T", 0, kMessages / 2 - 1) == (std::vector<std::string>{"m", "after"}));
}

TEST(a_second_open_of_the_same_directory_is_refused) {
  TempDir dir;
  StoreFixture first(SmallOptions(dir.path()));
  StoreFixture second(SmallOptions(dir.path()));
  REQUIRE(first.Open());
  CHECK(!second.Open());
  CHECK(second.error().find("/lock is locked by another process") != std::string::npos);
  first->ResolveQueue("T", 0);
  REQUIRE_OK(first.Close());
  CHECK(second.Open());
}

}  // namespace
}  // namespace apogee::test
