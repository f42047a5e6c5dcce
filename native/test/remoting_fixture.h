// SPDX-License-Identifier: Apache-2.0
/// A remoting service over a small store, frames to feed it with, and its answers as text.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "remoting/frame.h"
#include "remoting/remoting_service.h"
#include "test/store_fixture.h"

namespace apogee::test {

using Fields = std::vector<std::pair<std::string, std::string>>;

/// A request as a client of either codec sends it.
std::string MakeFrame(remoting::Codec codec, int32_t code, const Fields& fields,
                      std::string_view body = {}, int32_t opaque = 1, int32_t flag = 0);

/// Fields of SEND_MESSAGE_V2 for topic T; `changes` replace or, when empty, remove one.
Fields SendFields(const Fields& changes = {});
/// Fields of PULL_MESSAGE for topic T, group G, queue 0, every message.
Fields PullFields(int64_t offset, const Fields& changes = {});

struct Answer {
  int32_t code = -1;
  int32_t opaque = 0;
  Fields fields;
  std::string body;

  /// "-" when there is no such field.
  std::string Get(std::string_view name) const;
};

/// The answers in a run of frames.
std::vector<Answer> ParseAnswers(std::string_view bytes);

class RemotingFixture {
 public:
  explicit RemotingFixture(store::StoreOptions options, store::Io* io = nullptr);
  /// Opens the store and a service with topic T (4 queues) and group G.
  bool Open();

  /// Feeds `bytes` whole; answers of the session, in order. Calls again while bytes are left.
  std::vector<Answer> Feed(int32_t session, std::string_view bytes);
  void Drain();
  void Tick();

  remoting::RemotingService& service() { return *service_; }
  StoreFixture& store() { return store_; }
  int32_t flags() const { return control_[remoting::control::kFlags]; }
  int32_t cold_count() const { return control_[remoting::control::kColdCount]; }
  remoting::ColdReason cold_reason(size_t index) const;
  std::string cold_frame(size_t index) const;
  /// Bytes for other sessions since the last call of this function, by session.
  std::string TakeOther(int32_t session);

  int64_t now = kNow;
  /// Bytes that a real caller would hand to the socket, per call.
  size_t output_bytes = 8 * 1024 * 1024;

 private:
  void Collect();

  StoreFixture store_;
  std::unique_ptr<remoting::RemotingService> service_;
  std::vector<int32_t> control_;
  std::vector<uint8_t> cold_;
  std::vector<uint8_t> output_;
  std::vector<std::pair<int32_t, std::string>> other_;
};

}  // namespace apogee::test
