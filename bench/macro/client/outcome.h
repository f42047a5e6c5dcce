// SPDX-License-Identifier: Apache-2.0
/// What a run counted and found wrong, and the window of time in which it measured.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "histogram.h"

namespace apogee::bench {

/// Times of CLOCK_MONOTONIC, ns. Requests are sent until `end_ns`; what lies before `begin_ns` is
/// warm-up and counts in the totals only.
struct Window {
  int64_t begin_ns = 0;
  int64_t end_ns = 0;
  /// On a schedule a message belongs to the time it was due at, however late its answer.
  bool scheduled = false;
  bool Holds(int64_t due_ns, int64_t now_ns) const {
    const int64_t at_ns = scheduled ? due_ns : now_ns;
    return at_ns >= begin_ns && at_ns < end_ns;
  }
};

class Outcome {
 public:
  /// One request was done at `now_ns` that had been due at `due_ns`, and moved `messages`.
  void Count(const Window& window, int64_t messages, int64_t due_ns, int64_t now_ns) {
    total_messages_ += messages;
    if (!window.Holds(due_ns, now_ns)) return;
    messages_ += messages;
    last_ns_ = now_ns;
    latency_.Record(now_ns - due_ns);
  }

  void CountCode(int code) { ++codes_[code]; }

  /// Keeps the first few sentences and counts the rest.
  void Fault(const std::string& sentence) {
    if (++faults_ <= kKeptFaults) fault_sentences_.push_back(sentence);
  }

  int64_t messages() const { return messages_; }
  int64_t total_messages() const { return total_messages_; }
  /// When the last message that counts was complete.
  int64_t last_ns() const { return last_ns_; }
  int64_t faults() const { return faults_; }
  const std::vector<std::string>& fault_sentences() const { return fault_sentences_; }
  const std::map<int, int64_t>& codes() const { return codes_; }
  const Histogram& latency() const { return latency_; }

 private:
  static constexpr int64_t kKeptFaults = 5;

  int64_t messages_ = 0;
  int64_t total_messages_ = 0;
  int64_t last_ns_ = 0;
  int64_t faults_ = 0;
  std::vector<std::string> fault_sentences_;
  /// Answers that were not the wanted one, by response code.
  std::map<int, int64_t> codes_;
  Histogram latency_;
};

}  // namespace apogee::bench
