// SPDX-License-Identifier: Apache-2.0
/// What a read answers: statuses, limits, filters, times, keys.
#include "store/java_hash.h"
#include "store/layout.h"
#include "test/fault_io.h"
#include "test/store_fixture.h"
#include "test/test.h"

namespace apogee::test {
namespace {

using namespace store;

ReadOutcome Read(StoreFixture& store, QueueOffset offset, int32_t max = 32,
                 std::vector<int32_t> codes = {}, std::string* bytes = nullptr) {
  ReadRequest request;
  request.queue = store->FindQueue("T", 0);
  request.offset = offset;
  request.max_messages = max;
  request.filter.codes = codes;
  StringSink sink;
  const ReadOutcome outcome = store->Read(request, &sink);
  CHECK_EQ(outcome.byte_count, static_cast<int64_t>(sink.bytes().size()));
  if (bytes != nullptr) *bytes = sink.bytes();
  return outcome;
}

TEST(a_read_outside_the_queue_names_the_status_and_where_to_go_on) {
  TempDir dir;
  StoreFixture store(SmallOptions(dir.path()));
  REQUIRE(store.Open());
  CHECK(Read(store, 0).status == GetStatus::kNoMessageInQueue);
  store->ResolveQueue("T", 0);
  CHECK(Read(store, 7).status == GetStatus::kNoMessageInQueue);
  CHECK_EQ(Read(store, 7).next_begin_offset, 0);
  for (int i = 0; i < 3; ++i) store.Put("T", 0, "m");
  const ReadOutcome small = Read(store, -1);
  CHECK(small.status == GetStatus::kOffsetTooSmall);
  CHECK_EQ(small.next_begin_offset, 0);
  const ReadOutcome one = Read(store, 3);
  CHECK(one.status == GetStatus::kOffsetOverflowOne);
  CHECK_EQ(one.next_begin_offset, 3);
  const ReadOutcome badly = Read(store, 4);
  CHECK(badly.status == GetStatus::kOffsetOverflowBadly);
  CHECK_EQ(badly.next_begin_offset, 3);
  const ReadOutcome found = Read(store, 1);
  CHECK(found.status == GetStatus::kFound);
  CHECK_EQ(found.next_begin_offset, 3);
  CHECK_EQ(found.min_offset, 0);
  CHECK_EQ(found.max_offset, 3);
  CHECK_EQ(found.message_count, 2);
  CHECK(!found.suggest_slave);
}

TEST(a_read_returns_raw_records_within_its_limits) {
  TempDir dir;
  StoreOptions options = SmallOptions(dir.path());
  options.max_transfer_count_in_memory = 8;
  options.max_transfer_bytes_in_memory = 5000;
  StoreFixture store(options);
  REQUIRE(store.Open());
  for (int i = 0; i < 40; ++i) store.Put("T", 0, std::string(i < 20 ? 10 : 1000, 'x'));
  CHECK_EQ(Read(store, 0, 5).message_count, 5);
  CHECK_EQ(Read(store, 0, 32).message_count, 8);
  CHECK_EQ(Read(store, 0, 1).message_count, 1);
  // A single message always passes; without room for it none would ever be read.
  CHECK_EQ(Read(store, 0, 0).message_count, 1);
  CHECK_EQ(Read(store, 20, 32).message_count, 4);
  std::string bytes;
  Read(store, 20, 32, {}, &bytes);
  CHECK(BodiesOf(bytes).size() == 4);
}

TEST(records_far_from_the_end_follow_the_limits_for_the_disk) {
  TempDir dir;
  StoreOptions options = SmallOptions(dir.path());
  options.physical_memory_bytes = 20'000;
  options.max_transfer_count_on_disk = 3;
  StoreFixture store(options);
  REQUIRE(store.Open());
  for (int i = 0; i < 100; ++i) store.Put("T", 0, std::string(900, 'x'));
  CHECK_EQ(Read(store, 0).message_count, 3);
  CHECK(Read(store, 0).suggest_slave);
  CHECK_EQ(Read(store, 95).message_count, 5);
  CHECK(!Read(store, 95).suggest_slave);
  CHECK(!store->IsInMemory(store->FindQueue("T", 0), 0));
  CHECK(store->IsInMemory(store->FindQueue("T", 0), 99));
  CHECK(!store->IsInMemory(store->FindQueue("T", 0), 100));
}

TEST(a_filter_passes_tags_by_their_hash_and_skips_the_rest_in_windows) {
  TempDir dir;
  StoreOptions options = SmallOptions(dir.path());
  options.consume_queue_file_size = 400'000;
  options.commit_log_file_size = 1024 * 1024;
  StoreFixture store(options);
  REQUIRE(store.Open());
  for (int i = 0; i < 1000; ++i) {
    store.Put("T", 0, std::to_string(i), Properties({{"TAGS", i % 100 == 7 ? "hit" : "miss"}}));
  }
  std::string bytes;
  const ReadOutcome found = Read(store, 0, 32, {JavaHash("hit"), 12345}, &bytes);
  CHECK(found.status == GetStatus::kFound);
  // 16 000 bytes of entries are looked at: 800 messages, of which 8 match.
  CHECK_EQ(found.message_count, 8);
  CHECK_EQ(found.next_begin_offset, 800);
  CHECK_EQ(BodiesOf(bytes).back(), "707");
  const ReadOutcome none = Read(store, 0, 32, {JavaHash("absent")});
  CHECK(none.status == GetStatus::kNoMatchedMessage);
  CHECK_EQ(none.next_begin_offset, 800);
}

TEST(a_read_stops_at_the_end_of_a_queue_file) {
  TempDir dir;
  StoreFixture store(SmallOptions(dir.path()));
  REQUIRE(store.Open());
  for (int i = 0; i < 150; ++i) store.Put("T", 0, "m");
  const ReadOutcome outcome = Read(store, 90);
  CHECK_EQ(outcome.message_count, 10);
  CHECK_EQ(outcome.next_begin_offset, 100);
  CHECK_EQ(Read(store, 100).message_count, 32);
}

TEST(the_reader_that_may_not_touch_the_disk_says_so) {
  TempDir dir;
  StoreFixture store(SmallOptions(dir.path()));
  REQUIRE(store.Open());
  for (int i = 0; i < 3; ++i) store.Put("T", 0, "m");
  ReadRequest request;
  request.queue = store->FindQueue("T", 0);
  request.allow_disk = false;
  StringSink sink;
  CHECK(store->Read(request, &sink).status == GetStatus::kFound);
  CHECK(sink.bytes().size() == 3 * (91 + 1 + 1));
}

TEST(messages_are_found_by_time) {
  TempDir dir;
  StoreFixture store(SmallOptions(dir.path()));
  REQUIRE(store.Open());
  Queue* const queue = store->ResolveQueue("T", 0);
  CHECK_EQ(store->OffsetByTime(queue, kNow, false), 0);
  // Offsets 0, 1, 2 at kNow, 3, 4, 5 at kNow + 10 and so on, over two queue files.
  for (int i = 0; i < 150; ++i) {
    store.now = kNow + i / 3 * 10;
    store.Put("T", 0, "m");
  }
  const auto lower = [&](TimestampMs time) { return store->OffsetByTime(queue, time, false); };
  const auto upper = [&](TimestampMs time) { return store->OffsetByTime(queue, time, true); };
  CHECK_EQ(lower(kNow - 1), 0);
  CHECK_EQ(lower(kNow), 0);
  CHECK_EQ(lower(kNow + 1), 3);
  CHECK_EQ(lower(kNow + 10), 3);
  CHECK_EQ(lower(kNow + 490), 147);
  CHECK_EQ(lower(kNow + 491), 150);
  CHECK_EQ(upper(kNow - 1), 0);
  CHECK_EQ(upper(kNow), 2);
  CHECK_EQ(upper(kNow + 9), 2);
  CHECK_EQ(upper(kNow + 10), 5);
  CHECK_EQ(upper(kNow + 999), 149);
  CHECK_EQ(store->StoreTimestamp(queue, 149), kNow + 490);
  CHECK_EQ(store->StoreTimestamp(queue, 150), -1);
  CHECK_EQ(store->StoreTimestamp(nullptr, 0), -1);
}

TEST(a_record_is_found_by_its_offset_and_nowhere_else) {
  TempDir dir;
  StoreFixture store(SmallOptions(dir.path()));
  REQUIRE(store.Open());
  std::vector<AppendResult> puts;
  for (int i = 0; i < 100; ++i) puts.push_back(store.Put("T", 0, std::string(1000, 'x')));
  std::vector<uint8_t> record;
  for (const AppendResult& put : puts) {
    CHECK(store->LookMessage(put.physical_offset, &record));
    CHECK_EQ(static_cast<int64_t>(record.size()), put.end_offset - put.physical_offset);
  }
  const int64_t end = puts.back().end_offset;
  for (const int64_t offset :
       {int64_t{-1}, int64_t{1}, puts[1].physical_offset - 1, end, end + 1, INT64_MAX}) {
    CHECK(!store->LookMessage(offset, &record));
  }
}

TEST(keys_are_found_newest_first_over_several_files) {
  TempDir dir;
  StoreFixture store(SmallOptions(dir.path()));
  REQUIRE(store.Open());
  std::vector<AppendResult> puts;
  for (int i = 0; i < 200; ++i) {
    store.now = kNow + i * 1000;
    const std::string both = "common k" + std::to_string(i);
    puts.push_back(store.Put(
        "T", 0, "m",
        Properties({{"KEYS", both}, {"UNIQ_KEY", "u" + std::to_string(i)}, {"TAGS", "t"}})));
  }
  const auto query = [&](std::string_view key, int32_t max, TimestampMs from, TimestampMs to) {
    return store->QueryIndex("T", key, max, from, to).offsets;
  };
  for (const int i : {0, 24, 25, 99, 199}) {
    const std::vector<PhysicalOffset> expected{puts[static_cast<size_t>(i)].physical_offset};
    CHECK(query("k" + std::to_string(i), 32, 0, INT64_MAX) == expected);
    CHECK(query("u" + std::to_string(i), 32, 0, INT64_MAX) == expected);
  }
  CHECK(query("common", 64, 0, INT64_MAX).size() == 64);
  CHECK_EQ(query("common", 64, 0, INT64_MAX).front(), puts.back().physical_offset);
  CHECK(query("common", 1000, 0, INT64_MAX).size() == 200);
  CHECK(query("T#t", 1000, 0, INT64_MAX).size() == 200);
  CHECK(query("k5", 32, kNow + 5000, kNow + 5999).size() == 1);
  CHECK(query("k5", 32, kNow + 6000, INT64_MAX).empty());
  CHECK(query("k5", 32, 0, kNow + 4999).empty());
  CHECK(query("nothing", 32, 0, INT64_MAX).empty());
  CHECK(store->QueryIndex("Other", "k5", 32, 0, INT64_MAX).offsets.empty());
  const IndexQueryResult last = store->QueryIndex("T", "k5", 32, 0, INT64_MAX);
  CHECK_EQ(last.last_update_ms, store.now);
  CHECK_EQ(last.last_offset, puts.back().physical_offset);
  store.Crash();
  REQUIRE(store.Open());
  CHECK(query("common", 1000, 0, INT64_MAX).size() == 200);
}

}  // namespace
}  // namespace apogee::test
