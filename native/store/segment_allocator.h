// SPDX-License-Identifier: Apache-2.0
/// Creates commit log files ahead of the appender on a thread of its own, so that a roll finds the
/// next file ready.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "store/segment.h"

namespace apogee::store {

class SegmentAllocator {
 public:
  SegmentAllocator(Io* io, std::string dir, int64_t segment_size);
  /// Stops the thread; a prepared file stays on disk, as after a crash.
  ~SegmentAllocator();

  /// Asks for the file that starts at `base` and returns at once. One request is held: a later
  /// one replaces an earlier one that nobody took.
  void Prepare(PhysicalOffset base);
  /// Hands over the file at `base`, waiting for the thread when it is not ready. Errors: why it
  /// could not be created; asking again tries again.
  Result<std::shared_ptr<Segment>> Take(PhysicalOffset base);
  /// Stops the thread and removes a prepared file that was not used, as Apache does.
  void StopAndDiscard();

 private:
  void Run();
  void Stop();

  Io* const io_;
  const std::string dir_;
  const int64_t segment_size_;

  std::mutex mutex_;
  std::condition_variable changed_;
  /// All guarded by mutex_.
  bool stopping_ = false;
  std::optional<PhysicalOffset> wanted_;
  std::optional<PhysicalOffset> finished_;
  std::shared_ptr<Segment> ready_;
  Status failure_;

  std::thread thread_;
};

}  // namespace apogee::store
