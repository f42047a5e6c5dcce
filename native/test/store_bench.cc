// SPDX-License-Identifier: Apache-2.0
/// Costs of the store's hot paths, for `native_tests --bench`. Each figure is the best of several
/// rounds over the same store; segments are allocated before the clock starts.
#include <algorithm>
#include <chrono>
#include <cstdio>

#include "test/store_fixture.h"
#include "test/test.h"

namespace apogee::test {
namespace {

using namespace store;
using Clock = std::chrono::steady_clock;

constexpr int kQueues = 8;

double NanosSince(Clock::time_point start) {
  return std::chrono::duration<double, std::nano>(Clock::now() - start).count();
}

StoreOptions BenchOptions(const std::string& root, bool index) {
  StoreOptions options;
  options.root_dir = root;
  options.message_index_enable = index;
  options.max_hash_slot_num = 5'000'000;
  options.max_index_num = 20'000'000;
  return options;
}

struct Load {
  std::string body = std::string(128, 'b');
  std::string properties;
  std::vector<Queue*> queues;
  AppendRequest request;
};

/// Uniq keys differ from message to message, as they do in life.
void SetKey(Load* load, uint64_t number) {
  char key[40];
  std::snprintf(key, sizeof key, "0A000001000018B4AAC2%012llX",
                static_cast<unsigned long long>(number));
  load->properties = Properties({{"UNIQ_KEY", key}, {"WAIT", "true"}, {"TAGS", "TagA"}});
  load->request.properties = AsBytes(load->properties);
}

Load MakeLoad(StoreFixture& store) {
  Load load;
  for (int i = 0; i < kQueues; ++i) load.queues.push_back(store->ResolveQueue("BenchmarkTest", i));
  load.request.body = AsBytes(load.body);
  load.request.store_timestamp = load.request.born_timestamp = kNow;
  SetKey(&load, 0);
  return load;
}

/// ns per message of append and commit in chunks of `chunk` messages.
void BenchAppend(const char* name, bool index, int chunk, bool batch) {
  TempDir dir;
  StoreFixture store(BenchOptions(dir.path(), index));
  REQUIRE(store.Open());
  Load load = MakeLoad(store);
  std::string items;
  for (int i = 0; i < 32; ++i) items += WireItem(load.body, load.properties);
  constexpr int kMessages = 1 << 17;
  double best_append = 1e18;
  double best_total = 1e18;
  for (int round = 0; round < 5; ++round) {
    std::vector<std::string> keys;
    for (int i = 0; i < kMessages; ++i) {
      SetKey(&load, static_cast<uint64_t>(round) * kMessages + static_cast<uint64_t>(i));
      keys.push_back(load.properties);
    }
    double append = 0;
    const auto start = Clock::now();
    for (int i = 0; i < kMessages;) {
      const auto chunk_start = Clock::now();
      for (int k = 0; k < chunk; ++k) {
        if (batch) {
          AppendBatchRequest request;
          request.queue = load.queues[static_cast<size_t>(k % kQueues)];
          request.items = AsBytes(items);
          request.store_timestamp = kNow;
          (void)store->AppendBatch(request);
          i += 32;
        } else {
          load.request.queue = load.queues[static_cast<size_t>(k % kQueues)];
          load.request.properties = AsBytes(keys[static_cast<size_t>(i)]);
          (void)store->Append(load.request);
          ++i;
        }
      }
      append += NanosSince(chunk_start);
      (void)store->CommitStaged().ok();
    }
    best_total = std::min(best_total, NanosSince(start) / kMessages);
    best_append = std::min(best_append, append / kMessages);
  }
  std::printf("%-44s append %6.1f ns/msg, with commit %6.1f ns/msg\n", name, best_append,
              best_total);
  (void)store.Close().ok();
}

BENCH(append_one_by_one) { BenchAppend("1 per commit, no index", false, 1, false); }
BENCH(append_one_by_one_indexed) { BenchAppend("1 per commit, indexed", true, 1, false); }
BENCH(append_64) { BenchAppend("64 per commit, no index", false, 64, false); }
BENCH(append_64_indexed) { BenchAppend("64 per commit, indexed", true, 64, false); }
BENCH(append_512_indexed) { BenchAppend("512 per commit, indexed", true, 512, false); }
BENCH(append_batches) { BenchAppend("4 batches of 32 per commit, indexed", true, 4, true); }

class SlabSink final : public ByteSink {
 public:
  uint8_t* Reserve(size_t size) override {
    if (used_ + size > slab_.size()) return nullptr;
    uint8_t* const at = slab_.data() + used_;
    used_ += size;
    return at;
  }
  void Clear() { used_ = 0; }

 private:
  std::vector<uint8_t> slab_ = std::vector<uint8_t>(1 << 20);
  size_t used_ = 0;
};

BENCH(read_32) {
  TempDir dir;
  StoreFixture store(BenchOptions(dir.path(), false));
  REQUIRE(store.Open());
  Load load = MakeLoad(store);
  for (int i = 0; i < 400'000; ++i) {
    load.request.queue = load.queues[static_cast<size_t>(i % kQueues)];
    (void)store->Append(load.request);
    if (i % 64 == 63) (void)store->CommitStaged().ok();
  }
  SlabSink sink;
  for (const bool allow_disk : {false, true}) {
    double best = 1e18;
    for (int round = 0; round < 5; ++round) {
      int64_t messages = 0;
      const auto start = Clock::now();
      for (Queue* queue : load.queues) {
        ReadRequest request;
        request.queue = queue;
        request.allow_disk = allow_disk;
        for (;;) {
          sink.Clear();
          const ReadOutcome outcome = store->Read(request, &sink);
          if (outcome.status != GetStatus::kFound) break;
          messages += outcome.message_count;
          request.offset = outcome.next_begin_offset;
        }
      }
      best = std::min(best, NanosSince(start) / static_cast<double>(messages));
    }
    std::printf("read of 32 x 128 B, %-24s %6.1f ns/msg, %6.2f us/read\n",
                allow_disk ? "may touch the disk" : "memory only", best, best * 32 / 1000);
  }
}

BENCH(sync_flush_64) {
  TempDir dir;
  StoreOptions options = BenchOptions(dir.path(), false);
  options.flush_disk_type = FlushDiskType::kSyncFlush;
  StoreFixture store(options);
  REQUIRE(store.Open());
  Load load = MakeLoad(store);
  std::vector<double> micros;
  for (int group = 0; group < 1500; ++group) {
    const auto start = Clock::now();
    AppendResult last;
    for (int i = 0; i < 64; ++i) {
      load.request.queue = load.queues[static_cast<size_t>(i % kQueues)];
      last = store->Append(load.request);
    }
    REQUIRE_OK(store->CommitStaged());
    REQUIRE_OK(store->WaitDurable(last.end_offset));
    store->DispatchDurable();
    micros.push_back(NanosSince(start) / 1000);
  }
  std::sort(micros.begin(), micros.end());
  std::printf("64 messages until durable                     p50 %.0f us, p90 %.0f us\n",
              micros[micros.size() / 2], micros[micros.size() * 9 / 10]);
}

BENCH(recovery_scan) {
  TempDir dir;
  StoreFixture store(BenchOptions(dir.path(), true));
  REQUIRE(store.Open());
  Load load = MakeLoad(store);
  for (int i = 0; i < 1'000'000; ++i) {
    load.request.queue = load.queues[static_cast<size_t>(i % kQueues)];
    (void)store->Append(load.request);
    if (i % 64 == 63) (void)store->CommitStaged().ok();
  }
  store.Crash();
  auto start = Clock::now();
  REQUIRE(store.Open());
  const double unclean = NanosSince(start) / 1e6;
  std::printf("open after a crash, 1 M messages scanned      %6.0f ms\n", unclean);
  (void)store.Close().ok();
  start = Clock::now();
  REQUIRE(store.Open());
  std::printf("open after a clean stop                       %6.1f ms\n", NanosSince(start) / 1e6);
}

}  // namespace
}  // namespace apogee::test
