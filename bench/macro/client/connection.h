// SPDX-License-Identifier: Apache-2.0
/// One non-blocking connection to the broker, with its input and output buffers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bytes.h"
#include "poller.h"

namespace apogee::bench {

class Connection;

/// Whoever drives a connection: gets its answers, sends the next requests.
class ReplyHandler {
 public:
  virtual ~ReplyHandler() = default;
  /// `frame` (without its length) is valid during the call. `now_ns` is when it was read.
  virtual void OnFrame(Connection* connection, Bytes frame, int64_t now_ns) = 0;
  virtual void OnClosed(Connection* connection, const std::string& why) = 0;
};

class Connection {
 public:
  Connection(size_t index, ReplyHandler* handler, Poller* poller);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  /// Connects and waits until that is done. Returns what went wrong, or nothing.
  std::string Open(const std::string& host, int port);

  /// Number of this connection within its handler.
  size_t index() const { return index_; }
  bool closed() const { return fd_ < 0; }

  /// Where to append request frames; sent by the next Flush.
  std::string* output() { return &output_; }

  /// Reads what is there and hands over every complete frame.
  void ReadFrames();
  /// Writes as much as the socket takes; the rest goes when it is writable again.
  void Flush();

 private:
  void Close(const std::string& why);
  /// Returns false when the bytes are no frames.
  bool CutFrames(int64_t now_ns);

  size_t index_;
  ReplyHandler* handler_;
  Poller* poller_;
  int fd_ = -1;
  bool watching_output_ = false;
  std::string output_;
  size_t output_begin_ = 0;
  std::vector<uint8_t> input_;
  size_t input_begin_ = 0;
  size_t input_end_ = 0;
};

}  // namespace apogee::bench
