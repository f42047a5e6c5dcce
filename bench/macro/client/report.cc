// SPDX-License-Identifier: Apache-2.0
#include "report.h"

#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "clock.h"

namespace apogee::bench {
namespace {

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::string Number(double value) {
  char text[64];
  std::snprintf(text, sizeof text, "%.3f", value);
  return text;
}

/// Fault sentences hold no character that JSON would escape, but for what a system error may say.
std::string Quoted(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted.push_back('\\');
    quoted.push_back(static_cast<unsigned char>(c) < 0x20 ? ' ' : c);
  }
  return quoted + "\"";
}

std::string LatencyJson(const Histogram& latency) {
  const auto micros = [](uint64_t ns) { return Number(static_cast<double>(ns) / 1e3); };
  return "{\"p50\":" + micros(latency.Quantile(0.5)) +
         ",\"p99\":" + micros(latency.Quantile(0.99)) +
         ",\"p999\":" + micros(latency.Quantile(0.999)) + ",\"max\":" + micros(latency.max()) + "}";
}

std::string OutcomeJson(const Window& window, const Outcome& outcome) {
  const double elapsed =
      static_cast<double>(std::max<int64_t>(1, outcome.last_ns() - window.begin_ns)) /
      static_cast<double>(kNanosPerSecond);
  std::string codes;
  for (const auto& [code, count] : outcome.codes()) {
    codes += (codes.empty() ? "\"" : ",\"") + std::to_string(code) + "\":" + std::to_string(count);
  }
  std::string sentences;
  for (const std::string& sentence : outcome.fault_sentences()) {
    sentences += (sentences.empty() ? "" : ",") + Quoted(sentence);
  }
  return "\"messages\":" + std::to_string(outcome.messages()) +
         ",\"totalMessages\":" + std::to_string(outcome.total_messages()) +
         ",\"elapsedSeconds\":" + Number(elapsed) +
         ",\"messagesPerSecond\":" + Number(static_cast<double>(outcome.messages()) / elapsed) +
         ",\"latencyUs\":" + LatencyJson(outcome.latency()) + ",\"errorCodes\":{" + codes +
         "},\"faults\":" + std::to_string(outcome.faults()) + ",\"faultSentences\":[" + sentences +
         "]";
}

}  // namespace

void PrintReport(const Options& options, const Report& report) {
  std::string json = "{\"codec\":\"";
  json += options.codec == Codec::kJson ? "json" : "binary";
  json += "\",\"connections\":" + std::to_string(options.connections) +
          ",\"depth\":" + std::to_string(options.depth) +
          ",\"batch\":" + std::to_string(options.batch) +
          ",\"bodyBytes\":" + std::to_string(options.body_bytes) +
          ",\"rate\":" + Number(options.rate) + "," + OutcomeJson(report.window, *report.outcome) +
          ",\"unfinished\":" + std::to_string(report.unfinished) +
          ",\"offsetGaps\":" + std::to_string(report.offset_gaps) +
          ",\"clientCpuSeconds\":" + Number(CpuSeconds()) +
          ",\"finishedAtMs\":" + Number(static_cast<double>(WallClockNs()) / 1e6);
  if (report.sending != nullptr) {
    json += ",\"sending\":{" + OutcomeJson(report.window, *report.sending) + "}";
  }
  std::puts((json + "}").c_str());
  std::fflush(stdout);
}

}  // namespace apogee::bench
