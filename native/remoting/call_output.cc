// SPDX-License-Identifier: Apache-2.0
#include "remoting/call_output.h"

#include <cstring>

namespace apogee::remoting {

bool CallOutput::AddCold(store::Bytes frame, ColdReason reason) {
  int32_t& count = buffers_.control[control::kColdCount];
  if (count == kMaxColdFramesPerCall || frame.size() > buffers_.cold.size() - cold_used_) {
    return false;
  }
  std::memcpy(buffers_.cold.data() + cold_used_, frame.data(), frame.size());
  const size_t word = control::kColdBase + 3 * static_cast<size_t>(count);
  Set(word, cold_used_);
  cold_used_ += frame.size();
  Set(word + 1, cold_used_);
  buffers_.control[word + 2] = static_cast<int32_t>(reason);
  count += 1;
  return true;
}

void CallOutput::AddOther(int32_t session, size_t start) {
  if (used_ == start) return;
  int32_t& count = buffers_.control[control::kOtherCount];
  const size_t word = control::kOtherBase + 3 * static_cast<size_t>(count);
  if (count > 0 && buffers_.control[word - 3] == session &&
      buffers_.control[word - 1] == static_cast<int32_t>(start)) {
    Set(word - 1, used_);
    return;
  }
  buffers_.control[word] = session;
  Set(word + 1, start);
  Set(word + 2, used_);
  count += 1;
}

}  // namespace apogee::remoting
