// SPDX-License-Identifier: Apache-2.0
/// The store's facade: what native/remoting and native/napi see of it. Knows nothing of Node and
/// nothing of the wire. Layout: native/FORMAT.md; threads and locks: native/THREADS.md.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/io.h"
#include "store/result.h"

namespace apogee::store {

/// Bytes from the start of the commit log, across files.
using PhysicalOffset = int64_t;
/// Ordinal of a message in one (topic, queueId).
using QueueOffset = int64_t;
/// Milliseconds since the epoch. The store has no clock: times come in as arguments.
using TimestampMs = int64_t;
using Bytes = std::span<const uint8_t>;

enum class FlushDiskType : uint8_t { kAsyncFlush, kSyncFlush };

/// Names and units are those of Apache's MessageStoreConfig.
struct StoreOptions {
  std::string root_dir;
  std::string commit_log_dir;
  int64_t commit_log_file_size = 1024 * 1024 * 1024;
  int64_t consume_queue_file_size = 300000 * 20;
  int32_t max_hash_slot_num = 5'000'000;
  int32_t max_index_num = 20'000'000;
  bool message_index_enable = true;
  FlushDiskType flush_disk_type = FlushDiskType::kAsyncFlush;
  /// SYNC_FLUSH: CommitStaged asks for a sync by itself. Without it the caller calls RequestFlush,
  /// once for all chunks of a turn of its loop, so that one sync serves them all.
  bool sync_flush_on_commit = true;
  int32_t flush_interval_commit_log_ms = 500;
  int32_t flush_commit_log_least_pages = 4;
  int32_t flush_commit_log_thorough_interval_ms = 10'000;
  int32_t flush_interval_consume_queue_ms = 1000;
  int32_t flush_consume_queue_least_pages = 2;
  int32_t flush_consume_queue_thorough_interval_ms = 60'000;
  int32_t max_message_size = 4 * 1024 * 1024;
  int32_t access_message_in_memory_max_ratio = 40;
  int32_t max_transfer_bytes_in_memory = 262'144;
  int32_t max_transfer_count_in_memory = 32;
  int32_t max_transfer_bytes_on_disk = 65'536;
  int32_t max_transfer_count_on_disk = 8;
  int32_t max_filter_message_size = 16'000;
  int32_t commit_log_recover_max_num = 10;
  /// messageDelayLevel: level n is the n-th time, in s, m, h or d.
  std::string message_delay_level = "1s 5s 10s 30s 1m 2m 3m 4m 5m 6m 7m 8m 9m 10m 20m 30m 1h 2h";
  /// 0: ask the operating system.
  int64_t physical_memory_bytes = 0;
};

struct RecoveryReport {
  bool clean_shutdown = false;
  int64_t recovered_bytes = 0;
  int64_t recovered_messages = 0;
  int64_t truncated_bytes = 0;
};

/// How far a start is, for whoever shows it. Written by Open, read by any thread.
struct RecoveryProgress {
  std::atomic<int64_t> recovered_bytes{0};
  /// 0 while not known yet.
  std::atomic<int64_t> total_bytes{0};
};

/// IPv4 (length 4) or IPv6 (length 16) in network order.
struct HostAddress {
  uint8_t bytes[16] = {};
  uint8_t length = 4;
  int32_t port = 0;
};

/// One (topic, queueId). Created on first use, lives as long as the store, address stable.
/// Holds the next queue offset and the consume queue; no file until the first dispatch.
class Queue;

enum class PutStatus : uint8_t {
  kOk,
  kServiceNotAvailable,
  kMessageIllegal,
  kPropertiesSizeExceeded,
  kCreateMappedFileFailed,
  kStoreFailed,
};

/// One message to append. All views are borrowed for the call. sys_flag's host bits are set by the
/// store from the host lengths.
struct AppendRequest {
  Queue* queue = nullptr;
  Bytes body;
  /// Property string as it is to be stored, trailing 0x02 included.
  Bytes properties;
  int32_t flag = 0;
  int32_t sys_flag = 0;
  TimestampMs born_timestamp = 0;
  HostAddress born_host;
  HostAddress store_host;
  TimestampMs store_timestamp = 0;
  int32_t reconsume_times = 0;
  PhysicalOffset prepared_transaction_offset = 0;
};

/// An expanded batch: `items` is the wire batch body (spec remoting §2.3.1). Each item becomes a
/// record; properties are copied verbatim. All or nothing.
struct AppendBatchRequest {
  Queue* queue = nullptr;
  Bytes items;
  int32_t sys_flag = 0;
  TimestampMs born_timestamp = 0;
  HostAddress born_host;
  HostAddress store_host;
  TimestampMs store_timestamp = 0;
  int32_t reconsume_times = 0;
};

struct AppendResult {
  PutStatus status = PutStatus::kOk;
  PhysicalOffset physical_offset = 0;
  /// Offset of the first message.
  QueueOffset queue_offset = 0;
  /// End of the last record: durable once durable_offset() >= end_offset.
  PhysicalOffset end_offset = 0;
  int32_t message_count = 0;
};

/// Tag filter: empty = every message; else the message's tag hash must be in the set.
struct TagFilter {
  std::span<const int32_t> codes;
  bool Matches(int64_t tags_code) const {
    if (codes.empty()) return true;
    for (int32_t code : codes) {
      if (code == static_cast<int32_t>(tags_code)) return true;
    }
    return false;
  }
};

/// Apache's GetMessageStatus; the numbers are those of src/store/message-store.ts.
enum class GetStatus : uint8_t {
  kFound = 0,
  kNoMatchedMessage = 1,
  kMessageWasRemoving = 2,
  kOffsetFoundNull = 3,
  kOffsetOverflowBadly = 4,
  kOffsetOverflowOne = 5,
  kOffsetTooSmall = 6,
  kNoMatchedLogicQueue = 7,
  kNoMessageInQueue = 8,
  /// Not Apache's: the data are not resident and `allow_disk` was false. Nothing was written.
  kWouldTouchDisk = 9,
};

struct ReadRequest {
  const Queue* queue = nullptr;
  QueueOffset offset = 0;
  int32_t max_messages = 32;
  TagFilter filter;
  /// False on the I/O thread: answer kWouldTouchDisk rather than fault.
  bool allow_disk = true;
};

struct ReadOutcome {
  GetStatus status = GetStatus::kNoMessageInQueue;
  QueueOffset next_begin_offset = 0;
  QueueOffset min_offset = 0;
  QueueOffset max_offset = 0;
  int32_t message_count = 0;
  /// Bytes written to the sink.
  int64_t byte_count = 0;
  bool suggest_slave = false;
};

/// Where a read copies records to. Reserve returns room for n bytes or nullptr when there is none;
/// the first message of a read is asked for alone, so a sink must hold one record of
/// max_message_size + 64 KiB.
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual uint8_t* Reserve(size_t size) = 0;
};

struct IndexQueryResult {
  std::vector<PhysicalOffset> offsets;
  TimestampMs last_update_ms = 0;
  PhysicalOffset last_offset = 0;
};

struct StoreStats {
  PhysicalOffset min_physical_offset = 0;
  PhysicalOffset max_physical_offset = 0;
  PhysicalOffset durable_physical_offset = 0;
  int64_t dispatch_behind_bytes = 0;
  int64_t messages_put = 0;
  int64_t bytes_put = 0;
  int64_t messages_read = 0;
  int64_t bytes_read = 0;
  int64_t commit_log_syncs = 0;
};

/// Called after CommitStaged or DispatchDurable for each queue that got new visible messages, once
/// per queue and dispatch round, on the appender thread. Long-poll wake-up hangs here.
using QueueArrival = std::function<void(Queue*)>;

class MessageStore {
 public:
  /// Opens or creates a store directory: lock, load, recover, start threads, write `abort`.
  /// `progress`, when given, must live until Open returns.
  /// Errors: locked by another process; a format we do not speak; file sizes that differ from the
  /// options; I/O. The text names the file and the cure.
  static Result<std::unique_ptr<MessageStore>> Open(const StoreOptions& options, Io* io,
                                                    TimestampMs now_ms,
                                                    RecoveryProgress* progress = nullptr);
  virtual ~MessageStore() = default;

  virtual const StoreOptions& options() const = 0;
  virtual const RecoveryReport& recovery() const = 0;

  // ---- appender thread ------------------------------------------------------------------------
  /// Result: stable pointer; creates the in-memory object for a queue never seen.
  virtual Queue* ResolveQueue(std::string_view topic, int32_t queue_id) = 0;
  /// Like ResolveQueue, or nullptr when the queue was never used. Any thread.
  virtual Queue* FindQueue(std::string_view topic, int32_t queue_id) const = 0;
  /// Drops queues and files of a topic. Queue pointers of it become empty queues, never dangling.
  virtual void DestroyTopicQueues(std::string_view topic) = 0;
  /// Encodes into the staging arena and assigns offsets. Not visible until CommitStaged.
  virtual AppendResult Append(const AppendRequest& request) = 0;
  virtual AppendResult AppendBatch(const AppendBatchRequest& request) = 0;
  /// Writes everything staged with one call and, unless SYNC_FLUSH holds it back, dispatches it.
  /// On failure nothing staged counts: offsets are taken back and the log is closed for writing.
  virtual Status CommitStaged() = 0;
  virtual bool HasStaged() const = 0;
  /// SYNC_FLUSH: dispatches records that became durable since the last call.
  virtual void DispatchDurable() = 0;
  virtual void SetQueueArrival(QueueArrival listener) = 0;

  // ---- any thread -----------------------------------------------------------------------------
  virtual PhysicalOffset durable_offset() const = 0;
  /// Called by the flush thread after each sync that moved durable_offset, and once on failure.
  virtual void SetDurableListener(std::function<void()> listener) = 0;
  /// Asks the flush thread to make everything written durable; does not wait.
  virtual void RequestFlush() = 0;
  /// Waits until `offset` is durable. Errors: the log has failed or is closing; nothing is
  /// committed up to `offset`.
  virtual Status WaitDurable(PhysicalOffset offset) = 0;
  virtual ReadOutcome Read(const ReadRequest& request, ByteSink* sink) const = 0;
  /// Copies the record at `offset` into `record`. False: there is none.
  virtual bool LookMessage(PhysicalOffset offset, std::vector<uint8_t>* record) const = 0;
  virtual QueueOffset MinOffset(const Queue* queue) const = 0;
  virtual QueueOffset MaxOffset(const Queue* queue) const = 0;
  virtual bool IsInMemory(const Queue* queue, QueueOffset offset) const = 0;
  virtual QueueOffset OffsetByTime(const Queue* queue, TimestampMs timestamp, bool upper) const = 0;
  virtual TimestampMs StoreTimestamp(const Queue* queue, QueueOffset offset) const = 0;
  virtual IndexQueryResult QueryIndex(std::string_view topic, std::string_view key,
                                      int32_t max_count, TimestampMs begin_ms,
                                      TimestampMs end_ms) const = 0;
  virtual StoreStats stats() const = 0;
  /// Ok while the log takes messages; else why not. Once failed, failed until reopened.
  virtual Status health() const = 0;

  /// Stops intake, dispatches everything, flushes, removes `abort`, releases the lock. Idempotent.
  virtual Status Close() = 0;
};

/// Names of a queue, for replies and logs.
std::string_view QueueTopic(const Queue* queue);
int32_t QueueId(const Queue* queue);
/// A word native/remoting may hang its own state on (the list of suspended pulls).
void* QueueUserData(const Queue* queue);
void SetQueueUserData(Queue* queue, void* data);

}  // namespace apogee::store
