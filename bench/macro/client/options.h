// SPDX-License-Identifier: Apache-2.0
/// What one run of the load client does, from its command line.
#pragma once

#include <cstdint>
#include <string>

namespace apogee::bench {

/// Serialize type of a header word.
enum class Codec : uint8_t { kJson = 0, kBinary = 1 };

enum class LoadKind : uint8_t { kProduce, kPull, kTail, kFirst };

struct Options {
  LoadKind load = LoadKind::kProduce;
  std::string host = "127.0.0.1";
  int port = 10911;
  std::string topic = "BenchTopic";
  std::string group = "benchmark_producer";
  std::string broker_name = "broker-a";
  Codec codec = Codec::kBinary;
  int queues = 8;
  int connections = 1;
  /// Requests without an answer at the same time, per connection.
  int depth = 1;
  /// Messages per send request (more than 1: code 320), or messages per pull.
  int batch = 1;
  int body_bytes = 128;
  double warmup_seconds = 0;
  double seconds = 5;
  /// Messages per second on a fixed schedule; 0: send as soon as an answer came.
  double rate = 0;
  /// Ends the run early; 0: no limit.
  int64_t max_messages = 0;
  /// Keep the connections open until standard input ends.
  bool hold = false;
};

/// Fills `options`; on a wrong argument returns a sentence that names it.
std::string ParseOptions(int argc, char** argv, Options* options);

}  // namespace apogee::bench
