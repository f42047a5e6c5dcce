// SPDX-License-Identifier: Apache-2.0
/// A test runner of a page: TEST registers a case, CHECK notes a failure and goes on, REQUIRE
/// leaves the case.
#pragma once

#include <iostream>
#include <source_location>
#include <string>
#include <type_traits>
#include <vector>

namespace apogee::test {

struct Case {
  const char* name;
  void (*run)();
};

std::vector<Case>& Cases();
bool Register(const char* name, void (*run)());
void Fail(const std::string& what, std::source_location at = std::source_location::current());

/// Measurements printed by `native_tests --bench`.
bool RegisterBench(const char* name, void (*run)());

/// `value` for a failure's text; small integers as numbers.
template <typename T>
std::string Show(const T& value) {
  if constexpr (std::is_arithmetic_v<T>) {
    return std::to_string(value);
  } else {
    return "\"" + std::string(value) + "\"";
  }
}

template <typename A, typename B>
bool CheckEqual(const char* text, const A& a, const B& b,
                std::source_location at = std::source_location::current()) {
  if (a == b) return true;
  Fail(std::string(text) + ": " + Show(a) + " is not " + Show(b), at);
  return false;
}

}  // namespace apogee::test

#define TEST(name)                                       \
  static void Test_##name();                             \
  [[maybe_unused]] static const bool registered_##name = \
      ::apogee::test::Register(#name, Test_##name);      \
  static void Test_##name()
#define BENCH(name)                                       \
  static void Bench_##name();                             \
  [[maybe_unused]] static const bool registered_##name =  \
      ::apogee::test::RegisterBench(#name, Bench_##name); \
  static void Bench_##name()
#define CHECK(condition) ((condition) ? (void)0 : ::apogee::test::Fail(#condition))
#define CHECK_EQ(a, b) ::apogee::test::CheckEqual(#a " == " #b, (a), (b))
#define REQUIRE(condition) \
  if (!(condition)) return ::apogee::test::Fail(#condition)
#define REQUIRE_OK(expression)                           \
  if (const auto& result_ = (expression); !result_.ok()) \
  return ::apogee::test::Fail(::apogee::test::Describe(#expression, result_))

#include "store/result.h"

namespace apogee::test {

inline std::string Describe(const char* text, const store::Status& status) {
  return std::string(text) + ": " + status.message();
}
template <typename T>
std::string Describe(const char* text, const store::Result<T>& result) {
  return Describe(text, result.status());
}

}  // namespace apogee::test
