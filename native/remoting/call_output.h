// SPDX-License-Identifier: Apache-2.0
/// What one call into the service leaves behind: replies in a slab, cold frames, ranges of other
/// sessions, flags.
#pragma once

#include <cstdint>
#include <span>

#include "remoting/control.h"
#include "store/message_store.h"

namespace apogee::remoting {

/// Memory of the caller that results go to. `control` has control::kLength words.
struct CallBuffers {
  int32_t* control = nullptr;
  std::span<uint8_t> cold;
  std::span<uint8_t> output;
};

class CallOutput {
 public:
  void Attach(const CallBuffers& buffers) { buffers_ = buffers; }

  void Begin() {
    used_ = cold_used_ = 0;
    flags_ = 0;
    buffers_.control[control::kConsumed] = 0;
    buffers_.control[control::kReplyEnd] = 0;
    buffers_.control[control::kColdCount] = 0;
    buffers_.control[control::kOtherCount] = 0;
    buffers_.control[control::kFlushWanted] = 0;
  }
  void Finish() { buffers_.control[control::kFlags] = flags_; }
  void Flag(ControlFlag flag) { flags_ |= flag; }
  /// Answers of this call wait for the disk: the caller asks for a flush when it has served all
  /// connections that were ready, so that one flush serves them all.
  void WantFlush() { buffers_.control[control::kFlushWanted] = 1; }
  void SetConsumed(size_t bytes) { Set(control::kConsumed, bytes); }
  /// Ends the replies of the calling session; what follows belongs to others.
  void EndOwnReplies() { Set(control::kReplyEnd, used_); }

  // ---- the slab -------------------------------------------------------------------------------
  size_t used() const { return used_; }
  size_t room() const { return buffers_.output.size() - used_; }
  size_t capacity() const { return buffers_.output.size(); }
  uint8_t* at(size_t offset) const { return buffers_.output.data() + offset; }
  uint8_t* end() const { return at(used_); }
  void Advance(size_t bytes) { used_ += bytes; }
  void Rewind(size_t to) { used_ = to; }

  /// False when no further frame fits; serve it in another call.
  bool AddCold(store::Bytes frame, ColdReason reason);
  bool HasOtherRoom() const {
    return buffers_.control[control::kOtherCount] < kMaxOtherRangesPerCall;
  }
  /// Gives the slab's bytes from `start` to its end to `session`. HasOtherRoom must hold.
  void AddOther(int32_t session, size_t start);

 private:
  void Set(size_t word, size_t value) { buffers_.control[word] = static_cast<int32_t>(value); }

  CallBuffers buffers_;
  size_t used_ = 0;
  size_t cold_used_ = 0;
  int32_t flags_ = 0;
};

/// Lets a read copy records behind what the slab holds.
class SlabSink final : public store::ByteSink {
 public:
  SlabSink(uint8_t* at, size_t room) : at_(at), room_(room) {}
  uint8_t* Reserve(size_t size) override {
    if (size > room_) return nullptr;
    uint8_t* reserved = at_;
    at_ += size;
    room_ -= size;
    return reserved;
  }

 private:
  uint8_t* at_;
  size_t room_;
};

}  // namespace apogee::remoting
