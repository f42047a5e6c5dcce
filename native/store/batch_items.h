// SPDX-License-Identifier: Apache-2.0
/// The items of an expanded batch as a producer sends them, back to back: i32 size, i32 magic,
/// i32 crc, i32 flag, i32 body length, body, i16 properties length, properties. Spec remoting
/// §2.3.1. Magic and crc are ignored, as in Apache.
#pragma once

#include <cstdint>

#include "store/endian.h"
#include "store/io.h"

namespace apogee::store {

struct BatchItem {
  int32_t flag = 0;
  Bytes body;
  Bytes properties;
};

/// Walks the items once; stops with valid() false at lengths that do not add up.
class BatchItems {
 public:
  explicit BatchItems(Bytes items) : rest_(items) {}

  bool Next(BatchItem* item) {
    if (rest_.empty() || !valid_) return false;
    valid_ = Take(item);
    return valid_;
  }
  bool valid() const { return valid_; }

 private:
  static constexpr size_t kFixed = 20;

  bool Take(BatchItem* item) {
    if (rest_.size() < kFixed + 2) return false;
    const int32_t size = LoadI32(rest_.data());
    const int32_t body_size = LoadI32(rest_.data() + 16);
    if (size < 0 || static_cast<size_t>(size) > rest_.size() || body_size < 0) return false;
    const size_t before_properties = kFixed + static_cast<size_t>(body_size) + 2;
    if (before_properties > static_cast<size_t>(size)) return false;
    item->flag = LoadI32(rest_.data() + 12);
    item->body = rest_.subspan(kFixed, static_cast<size_t>(body_size));
    const int16_t properties_size = LoadI16(rest_.data() + before_properties - 2);
    if (properties_size < 0) return false;
    const size_t end = before_properties + static_cast<size_t>(properties_size);
    if (end != static_cast<size_t>(size)) return false;
    item->properties = rest_.subspan(before_properties, static_cast<size_t>(properties_size));
    rest_ = rest_.subspan(end);
    return true;
  }

  Bytes rest_;
  bool valid_ = true;
};

}  // namespace apogee::store
