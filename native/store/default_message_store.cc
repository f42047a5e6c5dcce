// SPDX-License-Identifier: Apache-2.0
#include "store/default_message_store.h"

#include <algorithm>
#include <utility>

#include "store/delay_levels.h"
#include "store/java_hash.h"
#include "store/layout.h"
#include "store/store_recovery.h"

namespace apogee::store {
namespace {

ConsumeQueueConfig QueueConfig(const StoreOptions& options, Io* io) {
  constexpr int64_t kEntry = queue_layout::kEntrySize;
  const int64_t entries = (options.consume_queue_file_size + kEntry - 1) / kEntry;
  return {io, StorePaths(options).consume_queue, entries * kEntry};
}

std::unique_ptr<IndexService> MakeIndex(const StoreOptions& options, Io* io) {
  if (!options.message_index_enable) return nullptr;
  return std::make_unique<IndexService>(
      io, StorePaths(options).index,
      IndexGeometry{options.max_hash_slot_num, options.max_index_num});
}

int64_t MemoryBytes(const StoreOptions& options, Io* io) {
  return options.physical_memory_bytes > 0 ? options.physical_memory_bytes
                                           : io->PhysicalMemoryBytes();
}

/// Errors: an option no store can work with.
Status CheckOptions(const StoreOptions& options) {
  const auto refuse = [](const std::string& sentence) {
    return Status(StatusCode::kInvalidArgument, sentence);
  };
  if (options.root_dir.empty()) return refuse("storePathRootDir is empty.");
  if (options.commit_log_dir.find(',') != std::string::npos) {
    return refuse("storePathCommitLog names several directories; only one is supported.");
  }
  if (options.max_message_size < 10 || options.max_message_size > 512 * 1024 * 1024) {
    return refuse("maxMessageSize must lie between 10 and 536870912.");
  }
  if (options.commit_log_file_size < kPageSize || options.commit_log_file_size > INT32_MAX) {
    return refuse("mappedFileSizeCommitLog must lie between 4096 and 2147483647.");
  }
  if (options.consume_queue_file_size < queue_layout::kEntrySize ||
      options.consume_queue_file_size > INT32_MAX) {
    return refuse("mappedFileSizeConsumeQueue must lie between 20 and 2147483647.");
  }
  if (options.max_hash_slot_num < 1 || options.max_index_num < 2) {
    return refuse("maxHashSlotNum must be at least 1 and maxIndexNum at least 2.");
  }
  return ParseDelayLevels(options.message_delay_level).status();
}

std::vector<int64_t> DelayLevels(const StoreOptions& options) {
  Result<std::vector<int64_t>> levels = ParseDelayLevels(options.message_delay_level);
  return levels.ok() ? levels.take() : std::vector<int64_t>();
}

}  // namespace

Result<std::unique_ptr<MessageStore>> MessageStore::Open(const StoreOptions& options, Io* io,
                                                         TimestampMs /*now_ms*/,
                                                         RecoveryProgress* progress) {
  if (Status status = CheckOptions(options); !status.ok()) return status;
  auto store = std::make_unique<DefaultMessageStore>(options, io);
  if (Status status = store->Start(progress); !status.ok()) return status;
  return std::unique_ptr<MessageStore>(std::move(store));
}

DefaultMessageStore::DefaultMessageStore(const StoreOptions& options, Io* io)
    : options_(options),
      io_(io),
      directory_(io, StorePaths(options)),
      log_(io, StorePaths(options).commit_log, options),
      queues_(QueueConfig(options, io)),
      index_(MakeIndex(options, io)),
      dispatcher_(&log_, &queues_, index_.get(), DelayLevels(options)),
      flusher_(&log_, options),
      checkpoint_(io, StorePaths(options).checkpoint),
      housekeeper_(io, options, &flusher_, &queues_, index_.get(), &dispatcher_, &checkpoint_),
      reader_(&log_, &flusher_, options, MemoryBytes(options, io)) {}

DefaultMessageStore::~DefaultMessageStore() = default;

Status DefaultMessageStore::Start(RecoveryProgress* progress) {
  if (Status status = directory_.Acquire(); !status.ok()) return status;
  const bool unclean = directory_.unclean();
  const bool nothing_lost = !unclean || directory_.same_boot();
  if (Status status = checkpoint_.Load(); !status.ok()) return status;
  if (Status status = log_.Load(); !status.ok()) return status;
  if (Status status = queues_.LoadAll(unclean); !status.ok()) return status;
  RecoveryInput input{&log_,
                      &queues_,
                      index_.get(),
                      &dispatcher_,
                      &checkpoint_.values(),
                      unclean,
                      nothing_lost,
                      options_.commit_log_recover_max_num,
                      -1,
                      progress};
  if (index_ != nullptr) {
    const TimestampMs drop_after = nothing_lost ? -1 : checkpoint_.values().index_msg_timestamp;
    const Result<IndexLoadReport> loaded = index_->Load(drop_after);
    if (!loaded.ok()) return loaded.status();
    input.rebuild_index_from = loaded.value().rebuild_from;
  }
  const Result<RecoveryOutput> recovered = RecoverStore(input);
  if (!recovered.ok()) return recovered.status();
  recovery_ = recovered.value().report;
  const PhysicalOffset end = recovered.value().end;
  if (Status status = directory_.MarkRunning(); !status.ok()) return status;
  if (Status status = log_.StartAt(end); !status.ok()) return status;
  dispatcher_.StartAt(end);
  flusher_.Start(end);
  housekeeper_.Start();
  started_ = true;
  return Status::Ok();
}

Queue* DefaultMessageStore::ResolveQueue(std::string_view topic, int32_t queue_id) {
  return queues_.Resolve(topic, queue_id);
}

Queue* DefaultMessageStore::FindQueue(std::string_view topic, int32_t queue_id) const {
  return queues_.Find(topic, queue_id);
}

void DefaultMessageStore::DestroyTopicQueues(std::string_view topic) {
  if (HasStaged()) (void)CommitStaged().ok();
  for (Queue* queue : queues_.OfTopic(topic)) {
    queue->dispatch_from = log_.staged_end();
    queue->next_offset = 0;
    // A file that cannot be removed is found, and its entries dropped, at the next start.
    (void)queue->consume_queue.Destroy().ok();
  }
  (void)io_->RemoveDirectory(directory_.paths().consume_queue + "/" + std::string(topic)).ok();
}

void DefaultMessageStore::SetQueueArrival(QueueArrival listener) {
  dispatcher_.SetQueueArrival(std::move(listener));
}

void DefaultMessageStore::SetDurableListener(std::function<void()> listener) {
  flusher_.SetListener(std::move(listener));
}

ReadOutcome DefaultMessageStore::Read(const ReadRequest& request, ByteSink* sink) const {
  const ReadOutcome outcome = reader_.Read(request, sink);
  if (outcome.message_count > 0) {
    messages_read_.fetch_add(outcome.message_count, std::memory_order_relaxed);
    bytes_read_.fetch_add(outcome.byte_count, std::memory_order_relaxed);
  }
  return outcome;
}

bool DefaultMessageStore::LookMessage(PhysicalOffset offset, std::vector<uint8_t>* record) const {
  return reader_.LookMessage(offset, record);
}

QueueOffset DefaultMessageStore::MinOffset(const Queue* queue) const {
  return queue == nullptr ? 0 : queue->consume_queue.min();
}

QueueOffset DefaultMessageStore::MaxOffset(const Queue* queue) const {
  return queue == nullptr ? 0 : queue->consume_queue.max();
}

bool DefaultMessageStore::IsInMemory(const Queue* queue, QueueOffset offset) const {
  return reader_.IsInMemory(queue, offset);
}

QueueOffset DefaultMessageStore::OffsetByTime(const Queue* queue, TimestampMs timestamp,
                                              bool upper) const {
  return reader_.OffsetByTime(queue, timestamp, upper);
}

TimestampMs DefaultMessageStore::StoreTimestamp(const Queue* queue, QueueOffset offset) const {
  return reader_.StoreTimestamp(queue, offset);
}

IndexQueryResult DefaultMessageStore::QueryIndex(std::string_view topic, std::string_view key,
                                                 int32_t max_count, TimestampMs begin_ms,
                                                 TimestampMs end_ms) const {
  if (index_ == nullptr) return {};
  const int32_t hash = NonNegativeHash(JavaHash(key, JavaHash("#", JavaHash(topic))));
  return index_->Query(hash, max_count, begin_ms, end_ms);
}

StoreStats DefaultMessageStore::stats() const {
  StoreStats stats;
  stats.min_physical_offset = log_.min_offset();
  stats.max_physical_offset = log_.committed();
  stats.durable_physical_offset = flusher_.durable();
  stats.dispatch_behind_bytes =
      std::max<int64_t>(0, stats.max_physical_offset - dispatcher_.dispatched());
  stats.messages_put = messages_put_.load(std::memory_order_relaxed);
  stats.bytes_put = bytes_put_.load(std::memory_order_relaxed);
  stats.messages_read = messages_read_.load(std::memory_order_relaxed);
  stats.bytes_read = bytes_read_.load(std::memory_order_relaxed);
  stats.commit_log_syncs = flusher_.sync_count();
  return stats;
}

Status DefaultMessageStore::health() const {
  if (Status status = log_.health().status(); !status.ok()) return status;
  if (!dispatch_blocked_.load(std::memory_order_acquire)) return Status::Ok();
  std::lock_guard lock(dispatch_failure_mutex_);
  return dispatch_failure_;
}

Status DefaultMessageStore::Close() {
  if (closed_ || !started_) return Status::Ok();
  closed_ = true;
  Status status = CommitStaged();
  if (Status synced = flusher_.StopAndSync(); status.ok()) status = std::move(synced);
  if (Status dispatched = DispatchConfirmed(); status.ok()) status = std::move(dispatched);
  if (Status flushed = housekeeper_.StopAndFlush(); status.ok()) status = std::move(flushed);
  log_.Stop();
  // With anything missing `abort` stays, and the next start repairs.
  if (status.ok() && dispatcher_.dispatched() == log_.committed()) {
    status = directory_.MarkClean();
  }
  directory_.Release();
  return status;
}

}  // namespace apogee::store
