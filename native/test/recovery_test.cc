// SPDX-License-Identifier: Apache-2.0
/// What a start finds: after a clean stop, after the death of the process, after a loss of power,
/// and in directories it must refuse.
#include <filesystem>
#include <fstream>

#include "store/endian.h"
#include "store/layout.h"
#include "test/fault_io.h"
#include "test/store_fixture.h"
#include "test/test.h"

namespace apogee::test {
namespace {

using namespace store;

constexpr const char* kFirstLog = "/commitlog/00000000000000000000";

void Overwrite(const std::string& path, int64_t offset, const std::string& bytes) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(offset);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

std::string ReadRange(const std::string& path, int64_t offset, size_t size) {
  std::ifstream file(path, std::ios::binary);
  file.seekg(offset);
  std::string bytes(size, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(size));
  return bytes;
}

bool Exists(const std::string& path) { return std::filesystem::exists(path); }

TEST(a_clean_restart_reads_nothing_again_and_goes_on) {
  TempDir dir;
  StoreFixture store(SmallOptions(dir.path()));
  REQUIRE(store.Open());
  CHECK(Exists(dir.path() + "/abort"));
  CHECK_EQ(ReadRange(dir.path() + "/lock", 0, 4), "lock");
  for (int i = 0; i < 300; ++i) store.Put("T", i % 4, std::string(500, 'x'));
  store.now += 5;
  const AppendResult last = store.Put("T", 0, "last");
  REQUIRE_OK(store.Close());
  CHECK(!Exists(dir.path() + "/abort"));
  const std::string checkpoint = ReadRange(dir.path() + "/checkpoint", 0, 48);
  const auto* fields = reinterpret_cast<const uint8_t*>(checkpoint.data());
  CHECK_EQ(LoadI64(fields), kNow + 5);
  CHECK_EQ(LoadI64(fields + 8), kNow + 5);
  CHECK_EQ(LoadI64(fields + 40), last.physical_offset);
  CHECK(std::filesystem::file_size(dir.path() + "/checkpoint") == 4096);
  REQUIRE(store.Open());
  CHECK(store->recovery().clean_shutdown);
  CHECK_EQ(store->recovery().recovered_messages, 0);
  CHECK(store.Bodies("T", 0).size() == 76);
  CHECK_EQ(store.Put("T", 0, "next").queue_offset, 76);
  REQUIRE_OK(store->Close());
  REQUIRE_OK(store->Close());
}

TEST(unused_files_are_removed_at_a_clean_stop_and_stay_after_a_crash) {
  TempDir dir;
  StoreFixture store(SmallOptions(dir.path()));
  REQUIRE(store.Open());
  store.Put("T", 0, "m");
  REQUIRE_OK(store.Close());
  CHECK(Exists(dir.path() + kFirstLog));
  CHECK(!Exists(dir.path() + "/commitlog/00000000000000065536"));
  REQUIRE(store.Open());
  for (int i = 0; i < 100; ++i) store.Put("T", 0, std::string(1000, 'x'));
  store.Crash();
  CHECK(Exists(dir.path() + "/commitlog/00000000000000065536"));
  REQUIRE(store.Open());
  CHECK(store.Bodies("T", 0).size() == 101);
}

TEST(after_the_death_of_the_process_every_committed_message_is_there) {
  TempDir dir;
  StoreOptions options = SmallOptions(dir.path());
  options.commit_log_recover_max_num = 100;
  StoreFixture store(options);
  for (int round = 0; round < 5; ++round) {
    REQUIRE(store.Open());
    CHECK_EQ(store->recovery().clean_shutdown, round == 0);
    for (int i = 0; i < 120; ++i) {
      store.Put("T", i % 3, std::string(900, 'x'), Properties({{"KEYS", "k" + std::to_string(i)}}));
    }
    store.Append("T", 0, "never committed");
    store.Crash();
  }
  REQUIRE(store.Open());
  for (int queue = 0; queue < 3; ++queue) {
    CHECK(store.Bodies("T", queue).size() == 200);
    CHECK_EQ(store->MaxOffset(store->FindQueue("T", queue)), 200);
  }
  CHECK(store->QueryIndex("T", "k7", 10, 0, INT64_MAX).offsets.size() == 5);
}

TEST(derived_files_are_rebuilt_when_they_are_missing) {
  TempDir dir;
  StoreFixture store(SmallOptions(dir.path()));
  REQUIRE(store.Open());
  for (int i = 0; i < 250; ++i) {
    store.Put("T", i % 3, std::string(900, 'x'), Properties({{"KEYS", "k" + std::to_string(i)}}));
  }
  store.Crash();
  for (const char* name : {"/consumequeue", "/index", "/checkpoint"}) {
    std::filesystem::remove_all(dir.path() + name);
  }
  REQUIRE(store.Open());
  CHECK_EQ(store->recovery().recovered_messages, 250);
  CHECK(store.Bodies("T", 0).size() == 84);
  CHECK(store->QueryIndex("T", "k249", 10, 0, INT64_MAX).offsets.size() == 1);
  CHECK(store->QueryIndex("T", "k0", 10, 0, INT64_MAX).offsets.size() == 1);
}

TEST(a_torn_last_record_is_cut_at_every_byte) {
  for (int cut = 0; cut < 130; ++cut) {
    TempDir dir;
    FaultIo io;
    StoreFixture store(SmallOptions(dir.path()), &io);
    REQUIRE(store.Open());
    store.Put("T", 0, "kept");
    const AppendResult torn = store.Put("T", 0, "a body that is torn", "TAGS\x01t\x02");
    REQUIRE(torn.end_offset - torn.physical_offset < 130);
    store.Crash();
    const int64_t at = torn.physical_offset + cut;
    if (at >= torn.end_offset) break;
    Overwrite(dir.path() + kFirstLog, at,
              std::string(static_cast<size_t>(torn.end_offset - at), '\0'));
    io.boot_id = "boot-2";
    REQUIRE(store.Open());
    // The last bytes of properties are not covered by any check of the format.
    const bool noticed = cut < torn.end_offset - torn.physical_offset - 8;
    if (!noticed) continue;
    CHECK(store.Bodies("T", 0) == (std::vector<std::string>{"kept"}));
    CHECK_EQ(store->stats().max_physical_offset, torn.physical_offset);
    CHECK_EQ(store.Put("T", 0, "next").queue_offset, 1);
    CHECK(store.Bodies("T", 0) == (std::vector<std::string>{"kept", "next"}));
  }
}

TEST(nothing_stale_is_left_behind_the_end_of_the_log) {
  TempDir dir;
  FaultIo io;
  StoreFixture store(SmallOptions(dir.path()), &io);
  REQUIRE(store.Open());
  const AppendResult kept = store.Put("T", 0, "kept");
  const AppendResult torn = store.Put("T", 0, "same length 1");
  store.Put("T", 0, "stale record");
  store.Crash();
  Overwrite(dir.path() + kFirstLog, torn.physical_offset, std::string(8, '\0'));
  io.boot_id = "boot-2";
  REQUIRE(store.Open());
  // A new record of the torn one's length ends exactly where the stale one began.
  store.Put("T", 0, "same length 2");
  store.Crash();
  REQUIRE(store.Open());
  CHECK(store.Bodies("T", 0) == (std::vector<std::string>{"kept", "same length 2"}));
  CHECK_EQ(store->MaxOffset(store->FindQueue("T", 0)), 2);
  const int64_t end = store->stats().max_physical_offset;
  const std::string behind = ReadRange(dir.path() + kFirstLog, end, 1000);
  CHECK(behind == std::string(1000, '\0'));
  CHECK(kept.end_offset == torn.physical_offset);
}

TEST(sync_flush_keeps_every_durable_message_through_a_loss_of_power) {
  TempDir dir;
  FaultIo io;
  StoreOptions options = SmallOptions(dir.path());
  options.flush_disk_type = FlushDiskType::kSyncFlush;
  options.sync_flush_on_commit = false;
  StoreFixture store(options, &io);
  REQUIRE(store.Open());
  for (int i = 0; i < 200; ++i) {
    REQUIRE(store.Put("T", 0, "durable " + std::string(700, 'd')).status == PutStatus::kOk);
  }
  for (int i = 0; i < 50; ++i) {
    store.Append("T", 0, "lost");
    REQUIRE_OK(store->CommitStaged());
  }
  store.Crash();
  io.LosePower();
  io.boot_id = "boot-2";
  std::filesystem::remove_all(dir.path() + "/consumequeue");
  REQUIRE(store.Open());
  CHECK(store.Bodies("T", 0).size() == 200);
  CHECK_EQ(store.Put("T", 0, "next").queue_offset, 200);
}

TEST(keys_survive_a_loss_of_power) {
  TempDir dir;
  FaultIo io;
  StoreFixture store(SmallOptions(dir.path()), &io);
  REQUIRE(store.Open());
  for (int i = 0; i < 250; ++i) {
    store.Put("T", 0, "m", Properties({{"KEYS", "k" + std::to_string(i)}}));
    store.now += 10;
  }
  store.Crash();
  io.boot_id = "boot-2";
  // The newest index file lost its pages.
  std::string newest;
  for (const auto& entry : std::filesystem::directory_iterator(dir.path() + "/index")) {
    newest = std::max(newest, entry.path().string());
  }
  Overwrite(newest, 0, std::string(300, '\0'));
  REQUIRE(store.Open());
  for (int i = 0; i < 250; ++i) {
    const IndexQueryResult found =
        store->QueryIndex("T", "k" + std::to_string(i), 10, 0, INT64_MAX);
    CHECK_EQ(found.offsets.size(), size_t{1});
  }
}

TEST(the_start_looks_back_over_a_bounded_number_of_files) {
  TempDir dir;
  StoreOptions options = SmallOptions(dir.path());
  options.commit_log_recover_max_num = 2;
  StoreFixture store(options);
  REQUIRE(store.Open());
  for (int i = 0; i < 300; ++i) store.Put("T", 0, std::string(900, 'x'));
  store.Crash();
  std::filesystem::remove_all(dir.path() + "/consumequeue");
  std::filesystem::remove(dir.path() + "/checkpoint");
  REQUIRE(store.Open());
  Queue* const queue = store->FindQueue("T", 0);
  REQUIRE(queue != nullptr);
  CHECK_EQ(store->MaxOffset(queue), 300);
  CHECK(store->recovery().recovered_messages < 140);
  store.Crash();
  REQUIRE(store.Open());
  // Offsets in front of the first known message are filled up and not handed out.
  const QueueOffset min = store->MinOffset(store->FindQueue("T", 0));
  CHECK(min > 0 && min < 300);
  CHECK(store.Bodies("T", 0, min).size() == static_cast<size_t>(300 - min));
}

TEST(damage_in_front_of_good_files_is_reported_and_nothing_is_cut) {
  TempDir dir;
  FaultIo io;
  StoreFixture store(SmallOptions(dir.path()), &io);
  REQUIRE(store.Open());
  for (int i = 0; i < 200; ++i) store.Put("T", 0, std::string(900, 'x'));
  store.Crash();
  Overwrite(dir.path() + kFirstLog, 1020, "damage");
  CHECK(!store.Open());
  CHECK(store.error().find("is damaged at") != std::string::npos);
  CHECK(Exists(dir.path() + "/commitlog/00000000000000131072"));
}

TEST(damage_below_what_the_queues_know_is_reported_and_has_a_cure) {
  TempDir dir;
  FaultIo io;
  StoreFixture store(SmallOptions(dir.path()), &io);
  REQUIRE(store.Open());
  AppendResult damaged;
  for (int i = 0; i < 10; ++i) {
    const AppendResult put = store.Put("T", 0, "message " + std::to_string(i));
    if (i == 4) damaged = put;
  }
  store.Crash();
  // One byte of a body.
  Overwrite(dir.path() + kFirstLog, damaged.physical_offset + 88, "M");
  CHECK(!store.Open());
  CHECK(store.error().find("remove the file `abort`") != std::string::npos);
  std::filesystem::remove(dir.path() + "/abort");
  REQUIRE(store.Open());
  CHECK_EQ(store->MaxOffset(store->FindQueue("T", 0)), 10);
  CHECK(store.Bodies("T", 0, 5).size() == 5);
  CHECK_EQ(store.Put("T", 0, "next").queue_offset, 10);
}

TEST(a_queue_entry_the_process_died_in_is_written_again) {
  TempDir dir;
  StoreFixture store(SmallOptions(dir.path()));
  REQUIRE(store.Open());
  const std::string properties = Properties({{"TAGS", "TagA"}});
  for (int i = 0; i < 3; ++i) store.Put("T", 0, "m", properties);
  store.Crash();
  const std::string path = dir.path() + "/consumequeue/T/0/00000000000000000000";
  const std::string whole = ReadRange(path, 40, 20);
  // Offset and size were stored, the tag was not.
  Overwrite(path, 52, std::string(8, '\0'));
  REQUIRE(store.Open());
  REQUIRE_OK(store.Close());
  CHECK(ReadRange(path, 40, 20) == whole);
}

TEST(progress_of_a_start_can_be_watched) {
  TempDir dir;
  StoreFixture store(SmallOptions(dir.path()));
  REQUIRE(store.Open());
  const PhysicalOffset end = store.Put("T", 0, std::string(5000, 'x')).end_offset;
  store.Crash();
  RecoveryProgress progress;
  Result<std::unique_ptr<MessageStore>> opened =
      MessageStore::Open(store.options(), store.io(), kNow, &progress);
  REQUIRE_OK(opened);
  CHECK_EQ(progress.recovered_bytes.load(), end);
  CHECK(progress.total_bytes >= end);
}

TEST(foreign_and_misfit_directories_are_refused_with_the_cure) {
  const auto refusal = [](const std::function<void(const std::string&)>& spoil) {
    TempDir dir;
    StoreFixture store(SmallOptions(dir.path()));
    if (!store.Open()) return std::string("did not open: ") + store.error();
    store.Put("T", 0, "m", Properties({{"KEYS", "k"}}));
    (void)store.Close().ok();
    spoil(dir.path());
    return store.Open() ? std::string("opened") : store.error();
  };
  const auto has = [](const std::string& text, const char* part) {
    if (text.find(part) != std::string::npos) return true;
    std::cerr << "    said: " << text << "\n";
    return false;
  };
  const auto touch = [](const std::string& path) {
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path) << "x";
  };
  CHECK(has(refusal([&](auto dir) { touch(dir + "/consumequeue/CURRENT"); }), "RocksDB"));
  CHECK(has(refusal([&](auto dir) { touch(dir + "/dledger-n0/data"); }), "DLedger"));
  CHECK(has(refusal([&](auto dir) { touch(dir + "/batchconsumequeue/T/0/0"); }), "BatchCQ"));
  CHECK(has(refusal([&](auto dir) { touch(dir + "/commitlog/notes.txt"); }), "notes.txt is not"));
  CHECK(has(refusal([&](auto dir) { std::filesystem::resize_file(dir + kFirstLog, 4096); }),
            "mappedFileSizeCommitLog"));
  CHECK(has(refusal([&](auto dir) {
              std::filesystem::resize_file(dir + "/consumequeue/T/0/00000000000000000000", 4096);
            }),
            "mappedFileSizeConsumeQueue"));
  CHECK(has(refusal([&](auto dir) {
              for (const auto& file : std::filesystem::directory_iterator(dir + "/index")) {
                std::filesystem::resize_file(file.path(), 4096);
              }
            }),
            "maxHashSlotNum"));
  // Leftovers of a crash while a file was being made are no reason to refuse.
  CHECK(has(refusal([&](auto dir) {
              std::ofstream(dir + "/commitlog/00000000000000065536");
              std::ofstream(dir + "/consumequeue/T/0/00000000000000002000");
            }),
            "opened"));
}

TEST(a_second_file_missing_in_the_middle_is_named) {
  TempDir dir;
  StoreFixture store(SmallOptions(dir.path()));
  REQUIRE(store.Open());
  for (int i = 0; i < 200; ++i) store.Put("T", 0, std::string(900, 'x'));
  store.Crash();
  std::filesystem::remove(dir.path() + "/commitlog/00000000000000065536");
  CHECK(!store.Open());
  CHECK(store.error().find("is missing") != std::string::npos);
}

}  // namespace
}  // namespace apogee::test
