// SPDX-License-Identifier: Apache-2.0
/// Writes zeros in front of the end of the log, on a thread of its own. A sync of bytes written
/// over blocks that exist on the disk costs a third of one that has to convert reserved blocks,
/// which commits the file system's journal each time. Used under SYNC_FLUSH.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "store/log_health.h"
#include "store/segment.h"

namespace apogee::store {

class ZeroAhead {
 public:
  explicit ZeroAhead(LogHealth* health);
  ~ZeroAhead();

  // ---- appender thread --------------------------------------------------------------------------
  /// Goes on in `segment`, in which nothing at `from` or above is written yet.
  void Enter(std::shared_ptr<Segment> segment, PhysicalOffset from);
  /// Call before bytes up to `end` are written: afterwards no zeros are written below `end`. Waits
  /// only when the appender has run into the very range that is being prepared.
  void Claim(PhysicalOffset end) {
    if (end > free_to_.load(std::memory_order_acquire)) ClaimSlow(end);
    if (end > wake_at_) Wake(end);
  }

 private:
  void ClaimSlow(PhysicalOffset end);
  void Wake(PhysicalOffset end);
  void Run();
  bool Due() const;

  LogHealth* const health_;

  /// The appender writes below this without asking; zeros are written at it and above. Changed
  /// under mutex_ only, and never while zeros are being written but by the thread that did.
  std::atomic<PhysicalOffset> free_to_{0};
  /// The thread is woken when the appender passes this. Appender only.
  PhysicalOffset wake_at_ = 0;

  std::mutex mutex_;
  std::condition_variable changed_;
  /// All guarded by mutex_.
  std::shared_ptr<Segment> segment_;
  /// Where the appender was when it woke the thread.
  PhysicalOffset claimed_ = 0;
  bool busy_ = false;
  bool stopping_ = false;

  std::thread thread_;
};

}  // namespace apogee::store
