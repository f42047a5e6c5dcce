// SPDX-License-Identifier: Apache-2.0
#include "poller.h"

#if defined(__linux__) && !defined(BENCH_PORTABLE_POLLER)
#include <sys/epoll.h>
#include <sys/timerfd.h>
#else
#include <poll.h>
#endif
#include <unistd.h>

#include <algorithm>

#include "clock.h"

namespace apogee::bench {
namespace {

#if defined(__linux__) && !defined(BENCH_PORTABLE_POLLER)

/// epoll_wait counts in milliseconds, too coarse for a schedule: a timerfd ends the wait.
class EpollPoller final : public Poller {
 public:
  EpollPoller()
      : epoll_(epoll_create1(EPOLL_CLOEXEC)),
        timer_(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLET;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, timer_, &event);
  }
  EpollPoller(const EpollPoller&) = delete;
  EpollPoller& operator=(const EpollPoller&) = delete;
  ~EpollPoller() override {
    close(timer_);
    close(epoll_);
  }

  bool Add(int fd, void* owner) override { return Control(EPOLL_CTL_ADD, fd, owner, EPOLLIN); }

  void WatchOutput(int fd, void* owner, bool wanted) override {
    Control(EPOLL_CTL_MOD, fd, owner, wanted ? EPOLLIN | EPOLLOUT : EPOLLIN);
  }

  void Wait(int64_t deadline_ns, std::vector<Event>* events) override {
    events->clear();
    const bool passed = deadline_ns <= MonotonicNs();
    if (!passed && deadline_ns != armed_ns_) Arm(deadline_ns);
    const int count = epoll_wait(epoll_, ready_, kMaxReady, passed ? 0 : -1);
    for (int i = 0; i < count; ++i) {
      if (ready_[i].data.ptr == nullptr) continue;
      events->push_back({ready_[i].data.ptr, (ready_[i].events & ~EPOLLOUT) != 0,
                         (ready_[i].events & EPOLLOUT) != 0});
    }
  }

 private:
  static constexpr int kMaxReady = 256;

  void Arm(int64_t deadline_ns) {
    itimerspec at{};
    at.it_value.tv_sec = deadline_ns / kNanosPerSecond;
    at.it_value.tv_nsec = deadline_ns % kNanosPerSecond;
    timerfd_settime(timer_, TFD_TIMER_ABSTIME, &at, nullptr);
    armed_ns_ = deadline_ns;
  }

  bool Control(int operation, int fd, void* owner, uint32_t interest) {
    epoll_event event{};
    event.events = interest;
    event.data.ptr = owner;
    return epoll_ctl(epoll_, operation, fd, &event) == 0;
  }

  int epoll_;
  int timer_;
  int64_t armed_ns_ = 0;
  epoll_event ready_[kMaxReady];
};

using SystemPoller = EpollPoller;

#else

class PollPoller final : public Poller {
 public:
  bool Add(int fd, void* owner) override {
    watched_.push_back({fd, POLLIN, 0});
    owners_.push_back(owner);
    return true;
  }

  void WatchOutput(int fd, void* /*owner*/, bool wanted) override {
    const auto found = std::find_if(watched_.begin(), watched_.end(),
                                    [fd](const pollfd& entry) { return entry.fd == fd; });
    if (found != watched_.end()) found->events = wanted ? POLLIN | POLLOUT : POLLIN;
  }

  void Wait(int64_t deadline_ns, std::vector<Event>* events) override {
    events->clear();
    const int64_t left_ns = std::max<int64_t>(0, deadline_ns - MonotonicNs());
    const int timeout_ms = static_cast<int>(std::min<int64_t>(left_ns / kNanosPerMilli, 60'000));
    if (poll(watched_.data(), static_cast<nfds_t>(watched_.size()), timeout_ms) <= 0) return;
    for (size_t i = 0; i < watched_.size(); ++i) {
      const int happened = watched_[i].revents;
      if (happened == 0) continue;
      events->push_back({owners_[i], (happened & ~POLLOUT) != 0, (happened & POLLOUT) != 0});
    }
  }

 private:
  std::vector<pollfd> watched_;
  std::vector<void*> owners_;
};

using SystemPoller = PollPoller;

#endif

}  // namespace

std::unique_ptr<Poller> MakePoller() { return std::make_unique<SystemPoller>(); }

}  // namespace apogee::bench
