// SPDX-License-Identifier: Apache-2.0
#include "connection.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "clock.h"

namespace apogee::bench {
namespace {

constexpr size_t kFirstInputBytes = 4 * 1024;
constexpr size_t kReadBytes = 256 * 1024;
constexpr uint32_t kMaxFrameBytes = 16 * 1024 * 1024;
constexpr size_t kLengthBytes = 4;

#ifdef MSG_NOSIGNAL
constexpr int kSendFlags = MSG_NOSIGNAL;
#else
constexpr int kSendFlags = 0;  // main ignores SIGPIPE
#endif

}  // namespace

Connection::Connection(size_t index, ReplyHandler* handler, Poller* poller)
    : index_(index), handler_(handler), poller_(poller), input_(kFirstInputBytes) {}

Connection::~Connection() {
  if (fd_ >= 0) close(fd_);
}

std::string Connection::Open(const std::string& host, int port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int lookup = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (lookup != 0) return host + ": " + gai_strerror(lookup);
  fd_ = socket(found->ai_family, SOCK_STREAM, 0);
  const bool connected = fd_ >= 0 && connect(fd_, found->ai_addr, found->ai_addrlen) == 0;
  const int error = errno;
  freeaddrinfo(found);
  if (!connected) {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
    return "connect to " + host + ":" + std::to_string(port) + ": " + std::strerror(error);
  }
  const int on = 1;
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  fcntl(fd_, F_SETFL, fcntl(fd_, F_GETFL) | O_NONBLOCK);
  if (poller_->Add(fd_, this)) return {};
  return std::string("watching a socket: ") + std::strerror(errno);
}

void Connection::ReadFrames() {
  while (fd_ >= 0) {
    if (input_begin_ == input_end_) input_begin_ = input_end_ = 0;
    if (input_end_ == input_.size()) {
      if (input_begin_ > 0) {
        std::memmove(input_.data(), input_.data() + input_begin_, input_end_ - input_begin_);
        input_end_ -= input_begin_;
        input_begin_ = 0;
      } else {
        input_.resize(input_.size() * 4);
      }
    }
    const size_t room = std::min(input_.size() - input_end_, kReadBytes);
    const ssize_t got = recv(fd_, input_.data() + input_end_, room, 0);
    if (got == 0) return Close("the broker closed the connection");
    if (got < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK) Close(std::strerror(errno));
      return;
    }
    input_end_ += static_cast<size_t>(got);
    if (!CutFrames(MonotonicNs())) return Close("an answer is no frame");
    if (static_cast<size_t>(got) < room) return;  // nothing more is waiting
  }
}

bool Connection::CutFrames(int64_t now_ns) {
  while (input_end_ - input_begin_ >= kLengthBytes) {
    const auto length = LoadBig<uint32_t>(input_.data() + input_begin_);
    if (length < kLengthBytes || length > kMaxFrameBytes) return false;
    if (input_end_ - input_begin_ < kLengthBytes + length) return true;
    const Bytes frame(input_.data() + input_begin_ + kLengthBytes, length);
    input_begin_ += kLengthBytes + length;
    handler_->OnFrame(this, frame, now_ns);
  }
  return true;
}

void Connection::Flush() {
  while (fd_ >= 0 && output_begin_ < output_.size()) {
    const ssize_t sent =
        send(fd_, output_.data() + output_begin_, output_.size() - output_begin_, kSendFlags);
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK) return Close(std::strerror(errno));
      if (!watching_output_) poller_->WatchOutput(fd_, this, true);
      watching_output_ = true;
      return;
    }
    output_begin_ += static_cast<size_t>(sent);
  }
  output_.clear();
  output_begin_ = 0;
  if (watching_output_ && fd_ >= 0) poller_->WatchOutput(fd_, this, false);
  watching_output_ = false;
}

void Connection::Close(const std::string& why) {
  close(fd_);
  fd_ = -1;
  handler_->OnClosed(this, why);
}

}  // namespace apogee::bench
