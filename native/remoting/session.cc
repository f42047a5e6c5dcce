// SPDX-License-Identifier: Apache-2.0
#include "remoting/session.h"

#include <algorithm>
#include <cstring>

namespace apogee::remoting {
namespace {

constexpr size_t kFirstCarryBytes = 256;

}  // namespace

void Carry::Append(store::Bytes bytes, size_t limit) {
  const size_t needed = size_ + bytes.size();
  if (needed > capacity_) {
    const size_t doubled = std::max(capacity_ * 2, kFirstCarryBytes);
    capacity_ = std::max(needed, std::min(doubled, limit));
    auto grown = std::make_unique_for_overwrite<uint8_t[]>(capacity_);
    if (size_ > 0) std::memcpy(grown.get(), data_.get(), size_);
    data_ = std::move(grown);
  }
  if (!bytes.empty()) std::memcpy(data_.get() + size_, bytes.data(), bytes.size());
  size_ = needed;
}

void Carry::Clear() {
  data_.reset();
  size_ = capacity_ = 0;
}

Session& SessionTable::Open(const store::HostAddress& remote) {
  if (free_.empty()) {
    free_.push_back(static_cast<int32_t>(sessions_.size()));
    sessions_.push_back(std::make_unique<Session>());
    sessions_.back()->number = free_.back();
  }
  Session& session = *sessions_[static_cast<size_t>(free_.back())];
  free_.pop_back();
  session.generation += 1;
  session.open = true;
  session.first_pull = kNoPull;
  session.remote = remote;
  open_count_ += 1;
  return session;
}

void SessionTable::Close(Session* session) {
  session->open = false;
  session->carry.Clear();
  free_.push_back(session->number);
  open_count_ -= 1;
}

Session* SessionTable::Find(int32_t number) {
  if (number < 0 || static_cast<size_t>(number) >= sessions_.size()) return nullptr;
  Session* session = sessions_[static_cast<size_t>(number)].get();
  return session->open ? session : nullptr;
}

Session* SessionTable::Find(int32_t number, uint32_t generation) {
  Session* session = Find(number);
  return session != nullptr && session->generation == generation ? session : nullptr;
}

}  // namespace apogee::remoting
