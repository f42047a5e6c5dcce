// SPDX-License-Identifier: Apache-2.0
/// Layout of the shared Int32Array that a call leaves its results in. The twin of `Control`,
/// `ControlFlag` and `ColdReason` in src/store/message-store.ts; loading the addon compares them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace apogee::remoting {

inline constexpr int32_t kMaxColdFramesPerCall = 512;
inline constexpr int32_t kMaxOtherRangesPerCall = 1024;

namespace control {
inline constexpr size_t kConsumed = 0;
inline constexpr size_t kReplyEnd = 1;
inline constexpr size_t kColdCount = 2;
inline constexpr size_t kOtherCount = 3;
inline constexpr size_t kFlags = 4;
inline constexpr size_t kFlushWanted = 5;
inline constexpr size_t kColdBase = 16;
inline constexpr size_t kOtherBase = kColdBase + 3 * kMaxColdFramesPerCall;
inline constexpr size_t kLength = kOtherBase + 3 * kMaxOtherRangesPerCall;
}  // namespace control

enum ControlFlag : int32_t {
  kProtocolError = 1,
  kMoreOutput = 2,
  kStoreFailed = 4,
};

enum class ColdReason : int32_t { kNotHot = 0, kChecks = 1, kColdRead = 2 };

}  // namespace apogee::remoting
