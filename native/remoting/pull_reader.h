// SPDX-License-Identifier: Apache-2.0
/// Reads messages for a pull and encodes the answer. Any thread. Source: PullMessageProcessor,
/// DefaultPullMessageResultHandler; spec store §8.3.
#pragma once

#include <cstdint>

#include "remoting/reply_writer.h"
#include "remoting/suspended_pulls.h"
#include "store/message_store.h"

namespace apogee::remoting {

/// Bytes a pull answer may take besides one record of the largest size.
inline constexpr size_t kPullReplyOverhead = 128 * 1024;

class PullReader {
 public:
  PullReader(const store::MessageStore* store, bool slave_read_enable)
      : store_(store), slave_read_enable_(slave_read_enable) {}

  void set_slave_read_enable(bool enable) { slave_read_enable_ = enable; }

  /// Reads into `at`, leaving the room in front of the records that the header took last time.
  store::ReadOutcome Read(const SuspendedPull& pull, bool allow_disk, uint8_t* at, size_t room);
  /// Writes the answer to what Read returned; `at` is the same. Result: its size.
  size_t WriteReply(const SuspendedPull& pull, const store::ReadOutcome& outcome, uint8_t* at);
  /// The code that stands for a status; `offset` is the one asked for.
  static int32_t CodeOf(store::GetStatus status, store::QueueOffset offset);

 private:
  size_t& guess(Codec codec) { return header_sizes_[codec == Codec::kJson ? 0 : 1]; }

  const store::MessageStore* const store_;
  bool slave_read_enable_;
  /// Of the last answer with records, by codec.
  size_t header_sizes_[2] = {320, 200};
};

}  // namespace apogee::remoting
