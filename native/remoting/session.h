// SPDX-License-Identifier: Apache-2.0
/// One connection: its address and the bytes of an incomplete frame.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "store/message_store.h"

namespace apogee::remoting {

/// Bytes of the one frame that has not arrived whole. Grows with bytes received, never with the
/// length a peer claims; holds no memory while empty.
class Carry {
 public:
  bool empty() const { return size_ == 0; }
  store::Bytes bytes() const { return {data_.get(), size_}; }
  /// `limit`: bytes of the whole frame, or more while that is not known.
  void Append(store::Bytes bytes, size_t limit);
  void Clear();

 private:
  std::unique_ptr<uint8_t[]> data_;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

inline constexpr int32_t kNoPull = -1;

struct Session {
  int32_t number = 0;
  /// Tells a session from earlier ones of the same number.
  uint32_t generation = 0;
  bool open = false;
  /// Head of the session's list of suspended pulls.
  int32_t first_pull = kNoPull;
  store::HostAddress remote;
  Carry carry;
};

/// Shape: sessions by number; numbers of closed sessions are used again.
class SessionTable {
 public:
  Session& Open(const store::HostAddress& remote);
  void Close(Session* session);
  /// nullptr when there is no such session.
  Session* Find(int32_t number);
  Session* Find(int32_t number, uint32_t generation);
  int64_t count() const { return open_count_; }

 private:
  std::vector<std::unique_ptr<Session>> sessions_;
  std::vector<int32_t> free_;
  int64_t open_count_ = 0;
};

}  // namespace apogee::remoting
