// SPDX-License-Identifier: Apache-2.0
/// Processes that really die, and logs full of seeded damage.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>

#include "test/fault_io.h"
#include "test/store_fixture.h"
#include "test/test.h"

namespace apogee::test {
namespace {

using namespace store;

/// Appends for ever and reports each acknowledged message on `pipe`: number of the queue.
[[noreturn]] void AppendUntilKilled(const StoreOptions& options, int pipe, uint32_t seed) {
  StoreFixture store(options);
  if (!store.Open()) std::_Exit(1);
  std::mt19937 random(seed);
  for (uint32_t i = 0;; ++i) {
    std::vector<uint8_t> queues;
    const auto count = static_cast<uint32_t>(1 + random() % 8);
    for (uint32_t k = 0; k < count; ++k) {
      const auto queue = static_cast<uint8_t>(random() % 3);
      const std::string body(random() % 3000 + 1, 'x');
      const std::string key = "k" + std::to_string(random());
      if (store.Append("T", queue, body, Properties({{"KEYS", key}})).status != PutStatus::kOk) {
        std::_Exit(1);
      }
      queues.push_back(queue);
    }
    if (!store->CommitStaged().ok()) std::_Exit(1);
    if (options.flush_disk_type == FlushDiskType::kSyncFlush) {
      if (!store->WaitDurable(store->stats().max_physical_offset).ok()) std::_Exit(1);
      store->DispatchDurable();
    }
    if (::write(pipe, queues.data(), queues.size()) < 0) std::_Exit(1);
  }
}

TEST(no_acknowledged_message_is_lost_when_the_process_is_killed) {
  for (const FlushDiskType type : {FlushDiskType::kAsyncFlush, FlushDiskType::kSyncFlush}) {
    TempDir dir;
    StoreOptions options = SmallOptions(dir.path());
    options.flush_disk_type = type;
    options.flush_interval_consume_queue_ms = 2;
    options.flush_consume_queue_thorough_interval_ms = 10;
    std::map<int, int64_t> acknowledged;
    for (uint32_t round = 0; round < 6; ++round) {
      int ends[2];
      REQUIRE(::pipe(ends) == 0);
      const pid_t child = ::fork();
      REQUIRE(child >= 0);
      if (child == 0) AppendUntilKilled(options, ends[1], round + 1);
      ::close(ends[1]);
      ::usleep(20'000 + 17'000 * round);
      ::kill(child, SIGKILL);
      ::waitpid(child, nullptr, 0);
      uint8_t queues[4096];
      for (ssize_t got; (got = ::read(ends[0], queues, sizeof queues)) > 0;) {
        for (ssize_t i = 0; i < got; ++i) ++acknowledged[queues[i]];
      }
      ::close(ends[0]);
    }
    StoreFixture store(options);
    REQUIRE(store.Open());
    for (const auto& [queue, count] : acknowledged) {
      // What was written and not yet acknowledged may be there too.
      const auto stored = static_cast<int64_t>(store.Bodies("T", queue).size());
      CHECK(stored >= count && stored <= count + 6 * 8);
      CHECK_EQ(store->MaxOffset(store->FindQueue("T", queue)), stored);
    }
  }
}

/// Any damage to any file: a start either refuses with a sentence or serves what is whole; it
/// never crashes, hangs, or hands out bytes that are no record.
TEST(damage_of_any_kind_never_crashes_a_start) {
  const char* seed_text = std::getenv("APOGEE_TEST_SEED");
  const auto seed = static_cast<uint32_t>(seed_text != nullptr ? std::atoi(seed_text) : 1);
  std::cout << "seed " << seed << " (APOGEE_TEST_SEED)\n";
  std::mt19937 random(seed);
  TempDir original;
  {
    StoreFixture store(SmallOptions(original.path()));
    REQUIRE(store.Open());
    for (int i = 0; i < 130; ++i) {
      store.Put("T", i % 2, std::string(random() % 1500 + 1, 'x'),
                Properties({{"KEYS", "k" + std::to_string(i)}, {"TAGS", "t"}}));
    }
    store.Crash();
  }
  for (int round = 0; round < 150; ++round) {
    TempDir dir;
    std::filesystem::copy(original.path(), dir.path(), std::filesystem::copy_options::recursive);
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(dir.path())) {
      if (entry.is_regular_file()) files.push_back(entry.path().string());
    }
    std::sort(files.begin(), files.end());
    for (uint32_t hits = static_cast<uint32_t>(random()) % 6 + 1; hits > 0; --hits) {
      const std::string& path = files[random() % files.size()];
      const auto size = static_cast<uint32_t>(std::filesystem::file_size(path));
      if (size == 0) continue;
      std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
      // Headers and first records are hit more often than their share.
      file.seekp(random() % (random() % 2 == 0 ? std::min(size, 200U) : size));
      for (uint32_t bytes = static_cast<uint32_t>(random()) % 12 + 1; bytes > 0; --bytes) {
        file.put(static_cast<char>(random() % 3 == 0 ? 0xFF : random()));
      }
      file.close();
      std::filesystem::resize_file(path, size);
    }
    FaultIo io;
    io.boot_id = random() % 2 == 0 ? "boot-2" : "";
    StoreFixture store(SmallOptions(dir.path()), &io);
    if (!store.Open()) {
      CHECK(!store.error().empty());
      continue;
    }
    for (const int queue : {0, 1}) {
      Queue* const found = store->FindQueue("T", queue);
      if (found == nullptr) continue;
      ReadRequest request;
      request.queue = found;
      request.offset = store->MinOffset(found);
      for (int reads = 0; reads < 200; ++reads) {
        StringSink sink;
        const ReadOutcome outcome = store->Read(request, &sink);
        if (outcome.next_begin_offset <= request.offset) break;
        request.offset = outcome.next_begin_offset;
      }
      (void)store->OffsetByTime(found, kNow, true);
    }
    for (int i = 0; i < 130; ++i) {
      (void)store->QueryIndex("T", "k" + std::to_string(i), 5, 0, INT64_MAX);
    }
    CHECK(store.Put("U", 0, "new").status == PutStatus::kOk);
    CHECK(store.Bodies("U", 0) == (std::vector<std::string>{"new"}));
    (void)store.Close().ok();
  }
}

}  // namespace
}  // namespace apogee::test
