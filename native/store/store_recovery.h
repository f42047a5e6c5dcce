// SPDX-License-Identifier: Apache-2.0
/// Brings log, queues, index and checkpoint of a loaded store into agreement before it is used.
#pragma once

#include <atomic>

#include "store/checkpoint.h"
#include "store/dispatcher.h"

namespace apogee::store {

struct RecoveryInput {
  CommitLog* log;
  QueueTable* queues;
  /// May be null.
  IndexService* index;
  Dispatcher* dispatcher;
  const CheckpointValues* checkpoint;
  bool unclean;
  /// Nothing that was written can have been lost: a clean exit, or the machine kept running.
  bool nothing_lost;
  /// commitLogRecoverMaxNum.
  int32_t max_files;
  /// Start of the log range whose keys were removed at load; -1 when none were.
  PhysicalOffset rebuild_index_from;
  /// May be null.
  RecoveryProgress* progress;
};

struct RecoveryOutput {
  PhysicalOffset end = 0;
  RecoveryReport report;
};

/// Finds the end of the log, dispatches what queues and index miss, and drops from them what lies
/// behind the end. Does not touch the log. Source: CommitLog.recoverNormally and
/// recoverAbnormally, spec §5.5, delta §5.2.
Result<RecoveryOutput> RecoverStore(const RecoveryInput& input);

}  // namespace apogee::store
