// SPDX-License-Identifier: Apache-2.0
/// Arguments of a call from JavaScript, converted without ever failing: TypeScript has validated
/// them, and what it missed becomes 0, false or empty, never a read out of bounds.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>

#include "napi/napi_setup.h"
#include "store/message_store.h"

namespace apogee::napi {

inline int32_t Int32Of(napi_env env, napi_value value) {
  int32_t number = 0;
  return napi_get_value_int32(env, value, &number) == napi_ok ? number : 0;
}

inline int64_t Int64Of(napi_env env, napi_value value) {
  int64_t number = 0;
  return napi_get_value_int64(env, value, &number) == napi_ok ? number : 0;
}

inline bool BoolOf(napi_env env, napi_value value) {
  bool truth = false;
  return napi_get_value_bool(env, value, &truth) == napi_ok && truth;
}

inline std::string TextOf(napi_env env, napi_value value) {
  size_t size = 0;
  if (napi_get_value_string_utf8(env, value, nullptr, 0, &size) != napi_ok) return {};
  std::string text(size + 1, '\0');
  if (napi_get_value_string_utf8(env, value, text.data(), text.size(), &size) != napi_ok) return {};
  text.resize(size);
  return text;
}

/// The memory of a typed array of elements of type T; empty for anything else. Valid while the
/// array is reachable.
template <typename T>
std::span<T> ArrayOf(napi_env env, napi_value value, napi_typedarray_type wanted) {
  bool is_array = false;
  if (napi_is_typedarray(env, value, &is_array) != napi_ok || !is_array) return {};
  napi_typedarray_type type = napi_uint8_array;
  size_t length = 0;
  void* data = nullptr;
  const napi_status status =
      napi_get_typedarray_info(env, value, &type, &length, &data, nullptr, nullptr);
  if (status != napi_ok || type != wanted || data == nullptr) return {};
  return {static_cast<T*>(data), length};
}

inline std::span<uint8_t> BytesOf(napi_env env, napi_value value) {
  return ArrayOf<uint8_t>(env, value, napi_uint8_array);
}

/// 4 or 16 bytes of an address; anything else becomes 0.0.0.0.
inline store::HostAddress HostOf(napi_env env, napi_value address, napi_value port) {
  store::HostAddress host;
  const store::Bytes bytes = BytesOf(env, address);
  if (bytes.size() == 4 || bytes.size() == 16) {
    std::copy(bytes.begin(), bytes.end(), host.bytes);
    host.length = static_cast<uint8_t>(bytes.size());
  }
  host.port = Int32Of(env, port);
  return host;
}

inline napi_value BytesValue(napi_env env, store::Bytes bytes) {
  napi_value result = nullptr;
  void* copy = nullptr;
  napi_create_buffer_copy(env, bytes.size(), bytes.data(), &copy, &result);
  return result;
}

}  // namespace apogee::napi
