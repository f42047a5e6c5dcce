// SPDX-License-Identifier: Apache-2.0
/// A disk that fails: nothing is acknowledged that is not stored, nothing is half taken back, and
/// what was stored before is there after a restart.
#include <atomic>
#include <filesystem>

#include "test/fault_io.h"
#include "test/store_fixture.h"
#include "test/test.h"

namespace apogee::test {
namespace {

using namespace store;

TEST(a_failed_write_takes_back_everything_staged_and_closes_the_log) {
  for (const bool half : {false, true}) {
    TempDir dir;
    FaultIo io;
    StoreFixture store(SmallOptions(dir.path()), &io);
    REQUIRE(store.Open());
    store.Put("T", 0, "kept");
    io.WriteHalfOnFailure(half);
    io.FailAfter(FaultPoint::kWrite, 0, 1, "/commitlog/");
    int arrivals = 0;
    store->SetQueueArrival([&](Queue*) { ++arrivals; });
    for (int i = 0; i < 10; ++i) {
      CHECK(store.Append("T", i % 2, "staged").status == PutStatus::kOk);
    }
    CHECK(!store->CommitStaged().ok());
    CHECK(!store->HasStaged());
    CHECK_EQ(arrivals, 0);
    CHECK(!store->health().ok());
    CHECK(store->health().message().find("takes no more messages") != std::string::npos);
    // The disk answers again, but the log stays closed.
    CHECK(store.Put("T", 0, "later").status == PutStatus::kServiceNotAvailable);
    CHECK(store.Bodies("T", 0) == (std::vector<std::string>{"kept"}));
    CHECK_EQ(store->stats().messages_put, 1);
    CHECK(!store.Close().ok());
    CHECK(std::filesystem::exists(dir.path() + "/abort"));
    REQUIRE(store.Open());
    const std::vector<std::string> bodies = store.Bodies("T", 0);
    REQUIRE(!bodies.empty());
    CHECK_EQ(bodies.front(), "kept");
    CHECK_EQ(store.Put("T", 0, "again").queue_offset, static_cast<int64_t>(bodies.size()));
  }
}

TEST(a_failed_sync_is_told_once_and_is_final) {
  TempDir dir;
  FaultIo io;
  StoreOptions options = SmallOptions(dir.path());
  options.flush_disk_type = FlushDiskType::kSyncFlush;
  StoreFixture store(options, &io);
  REQUIRE(store.Open());
  std::atomic<int> notices{0};
  store->SetDurableListener([&] { ++notices; });
  REQUIRE(store.Put("T", 0, "durable").status == PutStatus::kOk);
  const int64_t durable = store->durable_offset();
  io.FailAfter(FaultPoint::kSync, 0, 1, "/commitlog/00000000000000000000");
  const AppendResult lost = store.Append("T", 0, "lost");
  REQUIRE_OK(store->CommitStaged());
  CHECK(!store->WaitDurable(lost.end_offset).ok());
  store->RequestFlush();
  store->DispatchDurable();
  CHECK_EQ(store->durable_offset(), durable);
  CHECK(store.Bodies("T", 0) == (std::vector<std::string>{"durable"}));
  CHECK(store.Put("T", 0, "later").status == PutStatus::kServiceNotAvailable);
  CHECK(!store.Close().ok());
  // One for the first message, one for the failure.
  CHECK_EQ(static_cast<int>(notices), 2);
  REQUIRE(store.Open());
  CHECK_EQ(store.Bodies("T", 0).front(), "durable");
}

TEST(without_space_for_the_next_file_puts_are_refused_until_there_is_some) {
  TempDir dir;
  FaultIo io;
  StoreFixture store(SmallOptions(dir.path()), &io);
  REQUIRE(store.Open());
  store.Put("T", 0, "first");
  io.FailAfter(FaultPoint::kAllocate, 0, 1 << 30, "/commitlog/");
  int stored = 1;
  PutStatus status = PutStatus::kOk;
  for (int i = 0; i < 500 && status == PutStatus::kOk; ++i) {
    status = store.Put("T", 0, std::string(1000, 'x')).status;
    if (status == PutStatus::kOk) ++stored;
  }
  CHECK(status == PutStatus::kCreateMappedFileFailed);
  CHECK(store->health().ok());
  CHECK(store.Bodies("T", 0).size() == static_cast<size_t>(stored));
  io.Heal();
  CHECK(store.Put("T", 0, std::string(1000, 'x')).status == PutStatus::kOk);
  CHECK(store.Bodies("T", 0).size() == static_cast<size_t>(stored + 1));
}

TEST(without_space_for_a_queue_puts_are_refused_and_come_back_by_themselves) {
  for (const char* part : {"/consumequeue/", "/index/"}) {
    TempDir dir;
    FaultIo io;
    StoreFixture store(SmallOptions(dir.path()), &io);
    REQUIRE(store.Open());
    io.FailAfter(FaultPoint::kAllocate, 0, 1 << 30, part);
    const std::string properties = Properties({{"KEYS", "k"}});
    // The record is in the log, so the put counts; later ones are refused.
    CHECK(store.Put("T", 0, "one", properties).status == PutStatus::kOk);
    CHECK(store.Put("T", 0, "two", properties).status == PutStatus::kServiceNotAvailable);
    CHECK(!store->health().ok());
    CHECK(store->stats().dispatch_behind_bytes > 0);
    io.Heal();
    store.now += 2000;
    CHECK(store.Put("T", 0, "two", properties).status == PutStatus::kOk);
    CHECK(store->health().ok());
    CHECK(store.Bodies("T", 0) == (std::vector<std::string>{"one", "two"}));
    CHECK_EQ(store->QueryIndex("T", "k", 10, 0, INT64_MAX).offsets.size(), size_t{2});
    REQUIRE_OK(store.Close());
  }
}

TEST(a_stop_with_undispatched_messages_leaves_the_repair_to_the_next_start) {
  TempDir dir;
  FaultIo io;
  StoreFixture store(SmallOptions(dir.path()), &io);
  REQUIRE(store.Open());
  io.FailAfter(FaultPoint::kAllocate, 0, 1 << 30, "/consumequeue/");
  CHECK(store.Put("T", 0, "one").status == PutStatus::kOk);
  CHECK(!store.Close().ok());
  CHECK(std::filesystem::exists(dir.path() + "/abort"));
  io.Heal();
  REQUIRE(store.Open());
  CHECK(store.Bodies("T", 0) == (std::vector<std::string>{"one"}));
}

TEST(an_unreadable_record_holds_the_reader_but_not_the_store) {
  TempDir dir;
  FaultIo io;
  StoreFixture store(SmallOptions(dir.path()), &io);
  REQUIRE(store.Open());
  for (int i = 0; i < 3; ++i) store.Put("T", 0, "m");
  REQUIRE_OK(store.Close());
  REQUIRE(store.Open());
  std::vector<uint8_t> record;
  io.FailAfter(FaultPoint::kRead, 0, 1 << 30, "/commitlog/");
  CHECK(!store->LookMessage(0, &record));
  CHECK_EQ(store->StoreTimestamp(store->FindQueue("T", 0), 0), -1);
  io.Heal();
  CHECK(store->LookMessage(0, &record));
  CHECK_EQ(store->StoreTimestamp(store->FindQueue("T", 0), 0), kNow);
}

TEST(an_open_that_fails_leaves_the_directory_usable) {
  TempDir dir;
  FaultIo io;
  StoreFixture store(SmallOptions(dir.path()), &io);
  REQUIRE(store.Open());
  for (int i = 0; i < 100; ++i) store.Put("T", 0, std::string(1000, 'x'));
  store.Crash();
  // Every call of a kind fails once, from the first on, until an open gets through.
  for (const FaultPoint point : {FaultPoint::kOpen, FaultPoint::kRead, FaultPoint::kWrite,
                                 FaultPoint::kSync, FaultPoint::kAllocate}) {
    int refused = 0;
    for (int after = 0; after < 400; ++after) {
      io.FailAfter(point, after, 1);
      const bool opened = store.Open();
      io.Heal();
      if (opened) {
        CHECK(store.Bodies("T", 0).size() == 100);
        store.Crash();
        if (after > refused + 60) break;
      } else {
        ++refused;
        CHECK(!store.error().empty());
      }
    }
    CHECK(refused > 0);
  }
  REQUIRE(store.Open());
  CHECK(store.Bodies("T", 0).size() == 100);
}

}  // namespace
}  // namespace apogee::test
