// SPDX-License-Identifier: Apache-2.0
/// `native_tests [part of a name]` runs tests, `native_tests --bench [part]` measurements.
#include <cstring>

#include "test/test.h"

namespace apogee::test {
namespace {

int failures = 0;

std::vector<Case>& Benches() {
  static std::vector<Case> benches;
  return benches;
}

}  // namespace

std::vector<Case>& Cases() {
  static std::vector<Case> cases;
  return cases;
}

bool Register(const char* name, void (*run)()) {
  Cases().push_back({name, run});
  return true;
}

bool RegisterBench(const char* name, void (*run)()) {
  Benches().push_back({name, run});
  return true;
}

void Fail(const std::string& what, std::source_location at) {
  ++failures;
  std::cerr << "    " << at.file_name() << ":" << at.line() << ": " << what << "\n";
}

static int RunAll(const std::vector<Case>& cases, const char* part) {
  int passed = 0;
  int failed = 0;
  for (const Case& test : cases) {
    if (part != nullptr && std::strstr(test.name, part) == nullptr) continue;
    failures = 0;
    test.run();
    if (failures == 0) {
      ++passed;
    } else {
      ++failed;
      std::cerr << "failed: " << test.name << "\n";
    }
  }
  std::cout << passed << " passed, " << failed << " failed\n";
  return failed == 0 && passed > 0 ? 0 : 1;
}

}  // namespace apogee::test

int main(int argc, char** argv) {
  using namespace apogee::test;
  const bool bench = argc > 1 && std::strcmp(argv[1], "--bench") == 0;
  const int first = bench ? 2 : 1;
  const char* part = argc > first ? argv[first] : nullptr;
  return RunAll(bench ? Benches() : Cases(), part);
}
