// SPDX-License-Identifier: Apache-2.0
/// The result of a run as one line of JSON on standard output.
#pragma once

#include "options.h"
#include "outcome.h"

namespace apogee::bench {

struct Report {
  Window window;
  const Outcome* outcome = nullptr;
  /// Tail load only: how the sending half went.
  const Outcome* sending = nullptr;
  int64_t unfinished = 0;
  int64_t offset_gaps = 0;
};

void PrintReport(const Options& options, const Report& report);

}  // namespace apogee::bench
