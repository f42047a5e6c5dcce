// SPDX-License-Identifier: Apache-2.0
/// Readiness of many sockets: epoll on Linux, poll elsewhere (or with BENCH_PORTABLE_POLLER).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace apogee::bench {

class Poller {
 public:
  struct Event {
    void* owner;
    bool readable;
    bool writable;
  };

  virtual ~Poller() = default;
  /// Watches for input from now on. False: the system refused (errno tells).
  virtual bool Add(int fd, void* owner) = 0;
  virtual void WatchOutput(int fd, void* owner, bool wanted) = 0;
  /// Replaces `*events`. Waits until something happens, or until `deadline_ns` of MonotonicNs.
  virtual void Wait(int64_t deadline_ns, std::vector<Event>* events) = 0;
};

std::unique_ptr<Poller> MakePoller();

}  // namespace apogee::bench
