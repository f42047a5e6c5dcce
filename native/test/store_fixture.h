// SPDX-License-Identifier: Apache-2.0
/// Helpers of the store's tests: a directory that goes away, small geometries, messages.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "posix/posix_io.h"
#include "store/message_store.h"

namespace apogee::test {

/// A fresh directory below the system's temporary one, removed with everything in it.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// Files of 64 KiB, queue files of 2000 bytes, an index of 100 entries.
store::StoreOptions SmallOptions(const std::string& root);

inline constexpr store::TimestampMs kNow = 1'700'000'000'000;

store::Bytes AsBytes(std::string_view text);
std::string Properties(std::initializer_list<std::pair<std::string_view, std::string_view>> pairs);
std::string Hex(store::Bytes bytes);
/// One item of a wire batch.
std::string WireItem(std::string_view body, std::string_view properties);

/// A store over the disk, opened with the options given.
class StoreFixture {
 public:
  explicit StoreFixture(store::StoreOptions options, store::Io* io = nullptr);
  /// Result: true when the store opened; else error() says why not.
  bool Open();
  const std::string& error() const { return error_; }
  store::Status Close();
  /// Drops the store as the death of the process would.
  void Crash() { store_.reset(); }
  store::MessageStore* operator->() { return store_.get(); }
  store::MessageStore& store() { return *store_; }
  store::Io* io() { return io_; }
  const store::StoreOptions& options() const { return options_; }
  store::StoreOptions& options() { return options_; }

  /// Appends without committing.
  store::AppendResult Append(std::string_view topic, int32_t queue_id, std::string_view body,
                             std::string_view properties = {});
  /// Appends and commits; with SYNC_FLUSH waits for the disk and dispatches.
  store::AppendResult Put(std::string_view topic, int32_t queue_id, std::string_view body,
                          std::string_view properties = {});
  /// Bodies of all messages of a queue, read from `offset` in as many reads as it takes.
  std::vector<std::string> Bodies(std::string_view topic, int32_t queue_id,
                                  store::QueueOffset offset = 0);

  /// Store time of the next message.
  store::TimestampMs now = kNow;

 private:
  std::unique_ptr<store::Io> own_io_;
  store::Io* io_;
  store::StoreOptions options_;
  std::unique_ptr<store::MessageStore> store_;
  std::string error_;
};

/// A sink that keeps everything in one string.
class StringSink final : public store::ByteSink {
 public:
  uint8_t* Reserve(size_t size) override;
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

/// The bodies of concatenated records.
std::vector<std::string> BodiesOf(const std::string& records);

}  // namespace apogee::test
