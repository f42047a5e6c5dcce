// SPDX-License-Identifier: Apache-2.0
/// The MessageStore over commit log, consume queues and index. Wires the parts; the rules are in
/// them.
#pragma once

#include <memory>
#include <vector>

#include "store/dispatcher.h"
#include "store/flusher.h"
#include "store/housekeeper.h"
#include "store/message_store.h"
#include "store/queue_reader.h"
#include "store/store_directory.h"

namespace apogee::store {

class DefaultMessageStore final : public MessageStore {
 public:
  DefaultMessageStore(const StoreOptions& options, Io* io);
  /// Without Close, leaves the directory as the death of the process would.
  ~DefaultMessageStore() override;

  Status Start(RecoveryProgress* progress);

  const StoreOptions& options() const override { return options_; }
  const RecoveryReport& recovery() const override { return recovery_; }

  Queue* ResolveQueue(std::string_view topic, int32_t queue_id) override;
  Queue* FindQueue(std::string_view topic, int32_t queue_id) const override;
  void DestroyTopicQueues(std::string_view topic) override;
  AppendResult Append(const AppendRequest& request) override;
  AppendResult AppendBatch(const AppendBatchRequest& request) override;
  Status CommitStaged() override;
  bool HasStaged() const override { return log_.HasStaged(); }
  void DispatchDurable() override;
  void SetQueueArrival(QueueArrival listener) override;

  PhysicalOffset durable_offset() const override { return flusher_.durable(); }
  void SetDurableListener(std::function<void()> listener) override;
  void RequestFlush() override { flusher_.Request(); }
  Status WaitDurable(PhysicalOffset offset) override { return flusher_.Wait(offset); }
  ReadOutcome Read(const ReadRequest& request, ByteSink* sink) const override;
  bool LookMessage(PhysicalOffset offset, std::vector<uint8_t>* record) const override;
  QueueOffset MinOffset(const Queue* queue) const override;
  QueueOffset MaxOffset(const Queue* queue) const override;
  bool IsInMemory(const Queue* queue, QueueOffset offset) const override;
  QueueOffset OffsetByTime(const Queue* queue, TimestampMs timestamp, bool upper) const override;
  TimestampMs StoreTimestamp(const Queue* queue, QueueOffset offset) const override;
  IndexQueryResult QueryIndex(std::string_view topic, std::string_view key, int32_t max_count,
                              TimestampMs begin_ms, TimestampMs end_ms) const override;
  StoreStats stats() const override;
  Status health() const override;
  Status Close() override;

 private:
  bool sync_flush() const { return options_.flush_disk_type == FlushDiskType::kSyncFlush; }
  PutStatus RefusePut(const Queue* queue, TimestampMs now_ms);
  PutStatus ReserveStatus(const Status& failure) const;
  void TouchQueue(Queue* queue);
  void DropStaged();
  Status DispatchConfirmed();
  void Encode(uint8_t* to, Queue* queue, const RecordSpec& spec);

  const StoreOptions options_;
  Io* const io_;
  StoreDirectory directory_;
  RecoveryReport recovery_;
  CommitLog log_;
  QueueTable queues_;
  std::unique_ptr<IndexService> index_;
  Dispatcher dispatcher_;
  Flusher flusher_;
  Checkpoint checkpoint_;
  Housekeeper housekeeper_;
  QueueReader reader_;

  /// Appender only.
  bool started_ = false;
  bool closed_ = false;
  uint64_t round_ = 1;
  std::vector<Queue*> staged_queues_;
  int64_t staged_messages_ = 0;
  int64_t staged_bytes_ = 0;
  TimestampMs staged_timestamp_ = 0;
  /// Why the last dispatch stopped, and the store time at which it is tried again.
  TimestampMs retry_dispatch_at_ = 0;

  mutable std::mutex dispatch_failure_mutex_;
  /// Guarded by dispatch_failure_mutex_; not ok while queues or index cannot be written.
  Status dispatch_failure_;
  std::atomic<bool> dispatch_blocked_{false};

  std::atomic<int64_t> messages_put_{0};
  std::atomic<int64_t> bytes_put_{0};
  mutable std::atomic<int64_t> messages_read_{0};
  mutable std::atomic<int64_t> bytes_read_{0};
};

}  // namespace apogee::store
