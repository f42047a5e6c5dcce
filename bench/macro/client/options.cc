// SPDX-License-Identifier: Apache-2.0
#include "options.h"

#include <cstdlib>
#include <string_view>

namespace apogee::bench {
namespace {

struct NamedLoad {
  std::string_view name;
  LoadKind kind;
  int connections;
  int depth;
  int batch;
};

/// The shape each load has unless the command line says otherwise.
constexpr NamedLoad kLoads[] = {
    {"sync", LoadKind::kProduce, 64, 1, 1},  {"pipelined", LoadKind::kProduce, 8, 64, 1},
    {"batch", LoadKind::kProduce, 8, 4, 32}, {"pull", LoadKind::kPull, 8, 1, 32},
    {"tail", LoadKind::kTail, 8, 16, 32},    {"first", LoadKind::kFirst, 1, 1, 1},
};

constexpr std::string_view kUsage =
    "usage: load_client sync|pipelined|batch|pull|tail|first [--host H] [--port N] [--topic T]\n"
    "  [--group G] [--broker-name B] [--codec json|binary] [--queues 1-9] [--connections N]\n"
    "  [--depth N] [--batch N] [--body BYTES] [--warmup S] [--seconds S] [--rate MSG/S]\n"
    "  [--max-messages N] [--hold]";

bool ParseNumber(const char* text, double least, double most, double* number) {
  char* end = nullptr;
  *number = std::strtod(text, &end);
  return end != text && *end == '\0' && *number >= least && *number <= most;
}

struct NumberOption {
  std::string_view name;
  double least;
  double most;
  double Options::* real;
  int Options::* integer;
};

// One digit must do for a queue id: requests are patched in place.
constexpr NumberOption kNumbers[] = {
    {"--port", 1, 65535, nullptr, &Options::port},
    {"--queues", 1, 9, nullptr, &Options::queues},
    {"--connections", 1, 60000, nullptr, &Options::connections},
    {"--depth", 1, 4096, nullptr, &Options::depth},
    {"--batch", 1, 1024, nullptr, &Options::batch},
    {"--body", 16, 4 * 1024 * 1024, nullptr, &Options::body_bytes},
    {"--warmup", 0, 600, &Options::warmup_seconds, nullptr},
    {"--seconds", 0.1, 600, &Options::seconds, nullptr},
    {"--rate", 0, 1e9, &Options::rate, nullptr},
};

/// Returns false when `name` is not a numeric option or `value` is out of its range.
bool SetNumber(std::string_view name, const char* value, Options* options) {
  double number = 0;
  if (name == "--max-messages") {
    if (!ParseNumber(value, 0, 1e12, &number)) return false;
    options->max_messages = static_cast<int64_t>(number);
    return true;
  }
  for (const NumberOption& option : kNumbers) {
    if (option.name != name) continue;
    if (!ParseNumber(value, option.least, option.most, &number)) return false;
    if (option.real != nullptr) options->*option.real = number;
    if (option.integer != nullptr) options->*option.integer = static_cast<int>(number);
    return true;
  }
  return false;
}

bool SetText(std::string_view name, std::string_view value, Options* options) {
  if (name == "--host")
    options->host = value;
  else if (name == "--topic")
    options->topic = value;
  else if (name == "--group")
    options->group = value;
  else if (name == "--broker-name")
    options->broker_name = value;
  else if (name == "--codec" && value == "json")
    options->codec = Codec::kJson;
  else if (name == "--codec" && value == "binary")
    options->codec = Codec::kBinary;
  else
    return false;
  return true;
}

}  // namespace

std::string ParseOptions(int argc, char** argv, Options* options) {
  if (argc < 2) return std::string(kUsage);
  bool known = false;
  for (const NamedLoad& load : kLoads) {
    if (load.name != argv[1]) continue;
    known = true;
    options->load = load.kind;
    options->connections = load.connections;
    options->depth = load.depth;
    options->batch = load.batch;
  }
  if (!known) return "no load " + std::string(argv[1]) + "\n" + std::string(kUsage);
  for (int i = 2; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--hold") {
      options->hold = true;
      continue;
    }
    const char* value = i + 1 < argc ? argv[++i] : "";
    if (SetText(name, value, options) || SetNumber(name, value, options)) continue;
    return "wrong option " + std::string(name) + " " + value + "\n" + std::string(kUsage);
  }
  return {};
}

}  // namespace apogee::bench
