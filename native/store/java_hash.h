// SPDX-License-Identifier: Apache-2.0
/// Java's String.hashCode over UTF-8 text: tags codes and index keys are made of it.
#pragma once

#include <cstdint>
#include <string_view>

namespace apogee::store {

/// h = 31·h + unit over the UTF-16 units of `text`, wrapped to 32 bits. `seed` is the hash of the
/// text in front, so that JavaHash("ab") == JavaHash("b", JavaHash("a")).
int32_t JavaHash(std::string_view text, int32_t seed = 0);

/// Number of UTF-16 units of `text`.
int32_t Utf16Length(std::string_view text);

/// |hash| with Java's one exception: of INT_MIN it is 0. The keyHash of an index entry.
inline int32_t NonNegativeHash(int32_t hash) {
  if (hash == INT32_MIN) return 0;
  return hash < 0 ? -hash : hash;
}

}  // namespace apogee::store
