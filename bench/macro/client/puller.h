// SPDX-License-Identifier: Apache-2.0
/// Pulls messages: over and over through full queues, or as a long-polling consumer at the end of
/// the queues. Each connection reads one queue with one request under way.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "connection.h"
#include "options.h"
#include "outcome.h"
#include "reply.h"

namespace apogee::bench {

class Puller final : public ReplyHandler {
 public:
  /// `tail`: starts at the end, waits there, and takes as latency the age of each message.
  Puller(const Options& options, bool tail, Outcome* outcome);

  std::string Open(Poller* poller);
  void Start(const Window& window, int64_t now_ns);
  bool Done(int64_t now_ns) const;

  void OnFrame(Connection* connection, Bytes frame, int64_t now_ns) override;
  void OnClosed(Connection* connection, const std::string& why) override;

 private:
  struct Reader {
    int queue_id = 0;
    int64_t offset = 0;
    uint32_t opaque = 0;
    int64_t due_ns = 0;
  };

  bool MayPull(int64_t now_ns) const;
  void Pull(Connection* connection, int64_t now_ns);
  void TakeMessages(Reader* reader, const Reply& reply, int64_t now_ns);
  /// At the end of the queue: false when there is nothing to go on with.
  bool TakeEnd(Reader* reader, const Reply& reply);

  const Options& options_;
  bool tail_;
  Outcome* outcome_;
  Window window_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<Reader> readers_;
  int64_t outstanding_ = 0;
  uint64_t answers_ = 0;
};

}  // namespace apogee::bench
