// SPDX-License-Identifier: Apache-2.0
/// Load client: one thread, one poller, one load. Prints a line of JSON; exit code 2 for a wrong
/// command line, 1 when the run could not start.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <optional>

#include "clock.h"
#include "connection.h"
#include "options.h"
#include "outcome.h"
#include "producer.h"
#include "puller.h"
#include "report.h"

namespace apogee::bench {
namespace {

/// How long answers may take after the last request.
constexpr int64_t kDrainNs = 5 * kNanosPerSecond;
/// Bounds each wait, so that a silent broker cannot keep the client.
constexpr int64_t kLongestWaitNs = 100 * kNanosPerMilli;

/// One load from connect to the last answer.
class Run {
 public:
  explicit Run(const Options& options)
      : options_(options), send_options_(options), poller_(MakePoller()) {
    const bool tail = options.load == LoadKind::kTail;
    if (tail) send_options_.batch = 1;  // --batch is that of the pulls
    if (options.load != LoadKind::kPull) producer_.emplace(send_options_, &sending_);
    if (tail || options.load == LoadKind::kPull) puller_.emplace(options, tail, &pulling_);
  }

  /// Returns what kept the load from starting, or nothing.
  std::string Go() {
    std::string error;
    if (puller_.has_value()) error = puller_->Open(poller_.get());
    if (error.empty() && producer_.has_value()) error = producer_->Open(poller_.get());
    if (!error.empty()) return error;
    const int64_t now_ns = MonotonicNs();
    window_.begin_ns = now_ns + Nanos(options_.warmup_seconds);
    window_.end_ns = window_.begin_ns + Nanos(options_.seconds);
    window_.scheduled = options_.rate > 0;
    if (puller_.has_value()) puller_->Start(window_, now_ns);
    if (producer_.has_value()) producer_->Start(window_, now_ns);
    while (Turn()) {
    }
    return {};
  }

  void Print() const {
    Report report;
    report.window = window_;
    report.outcome = puller_.has_value() ? &pulling_ : &sending_;
    if (puller_.has_value() && producer_.has_value()) report.sending = &sending_;
    if (producer_.has_value()) {
      report.unfinished = producer_->Unfinished(MonotonicNs());
      report.offset_gaps = producer_->OffsetGaps();
    }
    PrintReport(options_, report);
  }

  int64_t acknowledged() const { return sending_.total_messages(); }

 private:
  static int64_t Nanos(double seconds) {
    return static_cast<int64_t>(seconds * static_cast<double>(kNanosPerSecond));
  }

  /// One wait and what it brought. False when the load is over.
  bool Turn() {
    const int64_t now_ns = MonotonicNs();
    int64_t deadline_ns = LongWait(now_ns);
    if (producer_.has_value()) deadline_ns = std::min(deadline_ns, producer_->Dispatch(now_ns));
    const bool done = (!producer_.has_value() || producer_->Done(now_ns)) &&
                      (!puller_.has_value() || puller_->Done(now_ns));
    if (done || now_ns >= window_.end_ns + kDrainNs) return false;
    poller_->Wait(deadline_ns, &events_);
    for (const Poller::Event& event : events_) {
      auto* connection = static_cast<Connection*>(event.owner);
      if (connection->closed()) continue;
      if (event.readable) connection->ReadFrames();
      connection->Flush();
    }
    return true;
  }

  /// Moves on in steps, so that the poller's timer is not set for every wait.
  int64_t LongWait(int64_t now_ns) {
    if (long_wait_ns_ - now_ns < kLongestWaitNs / 2) long_wait_ns_ = now_ns + kLongestWaitNs;
    return long_wait_ns_;
  }

  const Options& options_;
  Options send_options_;
  std::unique_ptr<Poller> poller_;
  Outcome sending_;
  Outcome pulling_;
  std::optional<Producer> producer_;
  std::optional<Puller> puller_;
  Window window_;
  std::vector<Poller::Event> events_;
  int64_t long_wait_ns_ = 0;
};

/// Tries until one message was acknowledged: how soon does a starting broker serve?
int RunFirst(Options options) {
  const int64_t give_up_ns =
      MonotonicNs() + static_cast<int64_t>(options.seconds * double{kNanosPerSecond});
  options.max_messages = 1;
  options.seconds = 1;
  std::string error = "no message was acknowledged";
  while (MonotonicNs() < give_up_ns) {
    Run run(options);
    const std::string refused = run.Go();
    if (refused.empty() && run.acknowledged() == 1) {
      run.Print();
      return 0;
    }
    if (!refused.empty()) error = refused;
    usleep(1000);
  }
  std::fprintf(stderr, "%s\n", error.c_str());
  return 1;
}

int RunAndHold(const Options& options) {
  Run run(options);
  const std::string error = run.Go();
  if (!error.empty()) {
    std::fprintf(stderr, "%s\n", error.c_str());
    return 1;
  }
  run.Print();
  char byte = 0;
  while (options.hold && read(STDIN_FILENO, &byte, 1) > 0) {
  }
  return 0;
}

void RaiseFileLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace
}  // namespace apogee::bench

int main(int argc, char** argv) {
  apogee::bench::Options options;
  const std::string wrong = apogee::bench::ParseOptions(argc, argv, &options);
  if (!wrong.empty()) {
    std::fprintf(stderr, "%s\n", wrong.c_str());
    return 2;
  }
  std::signal(SIGPIPE, SIG_IGN);
  apogee::bench::RaiseFileLimit();
  return options.load == apogee::bench::LoadKind::kFirst ? apogee::bench::RunFirst(options)
                                                         : apogee::bench::RunAndHold(options);
}
