// SPDX-License-Identifier: Apache-2.0
/// Operating errors as values. No exceptions anywhere in native code.
#pragma once

#include <cassert>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace apogee::store {

enum class StatusCode : uint8_t {
  kOk,
  kInvalidArgument,
  kIoError,
  kNoSpace,
  kLocked,
  kBadFormat,
  kCorrupt,
  kClosed,
  kNotFound,
};

/// Success, or a code and a sentence for the person who reads it.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(StatusCode code, std::string message) : code_(code), message_(std::move(message)) {}
  static Status Ok() { return {}; }
  bool ok() const { return code_ == StatusCode::kOk; }
  StatusCode code() const { return code_; }
  const std::string& message() const { return message_; }

 private:
  StatusCode code_ = StatusCode::kOk;
  std::string message_;
};

/// A value or the Status that says why there is none.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}                          // NOLINT: implicit
  Result(Status status) : status_(std::move(status)) { assert(!ok()); }  // NOLINT: implicit
  bool ok() const { return value_.has_value(); }
  const Status& status() const { return status_; }
  T& value() {
    assert(ok());
    return *value_;
  }
  const T& value() const {
    assert(ok());
    return *value_;
  }
  T take() {
    assert(ok());
    return std::move(*value_);
  }

 private:
  std::optional<T> value_;
  Status status_;
};

}  // namespace apogee::store
