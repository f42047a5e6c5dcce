// SPDX-License-Identifier: Apache-2.0
/// Ownership of a store directory: the lock that keeps other brokers out, and the `abort` file
/// that tells the next start whether this run ended cleanly.
#pragma once

#include <memory>

#include "store/io.h"
#include "store/paths.h"

namespace apogee::store {

class StoreDirectory {
 public:
  StoreDirectory(Io* io, StorePaths paths) : io_(io), paths_(std::move(paths)) {}

  /// Creates what is missing, takes the lock and refuses formats this store does not speak.
  Status Acquire();
  /// True when the last run did not end with MarkClean.
  bool unclean() const { return unclean_; }
  /// True when the last run was unclean but the machine has not restarted since: everything that
  /// run wrote is still in the page cache or on disk.
  bool same_boot() const { return same_boot_; }
  /// Writes `abort`.
  Status MarkRunning();
  /// Removes `abort`.
  Status MarkClean();
  /// Gives the lock back.
  void Release() { lock_.reset(); }
  const StorePaths& paths() const { return paths_; }

 private:
  Status RefuseForeignFormats();
  void ReadAbort();

  Io* const io_;
  const StorePaths paths_;
  std::unique_ptr<File> lock_;
  bool unclean_ = false;
  bool same_boot_ = false;
};

}  // namespace apogee::store
