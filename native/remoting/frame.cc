// SPDX-License-Identifier: Apache-2.0
#include "remoting/frame.h"

#include <cstring>

#include "store/endian.h"

namespace apogee::remoting {
namespace {

constexpr int32_t kHeaderLengthMask = 0xFFFFFF;

bool StartsWith(store::Bytes bytes, std::string_view text) {
  return bytes.size() >= text.size() && std::memcmp(bytes.data(), text.data(), text.size()) == 0;
}

/// Another protocol these four bytes belong to, or nullptr.
const char* ForeignProtocol(store::Bytes bytes) {
  for (const char* method : {"GET ", "POST", "PUT ", "HEAD", "OPTI", "DELE", "PATC", "CONN"}) {
    if (StartsWith(bytes, method)) return "HTTP";
  }
  if (StartsWith(bytes, "PRI ")) return "HTTP/2";
  if (bytes[0] == 0x16 && bytes[1] == 0x03) return "TLS";
  if (StartsWith(bytes, "SSH-")) return "SSH";
  return nullptr;
}

FrameStart BadLength(store::Bytes bytes, int32_t length) {
  const char* foreign = ForeignProtocol(bytes);
  if (foreign != nullptr) {
    return {-1, std::string("the peer speaks ") + foreign + " on a remoting port"};
  }
  return {-1, "a frame length of " + std::to_string(length) + " is not between 4 and " +
                  std::to_string(kMaxFrameBytes - 4)};
}

}  // namespace

FrameStart JudgeFrameStart(store::Bytes bytes) {
  if (bytes.size() < 4) return {};
  const int32_t length = store::LoadI32(bytes.data());
  if (length < 4 || length > kMaxFrameBytes - 4) return BadLength(bytes, length);
  if (bytes.size() >= kFramePrefixBytes) {
    const int32_t word = store::LoadI32(bytes.data() + 4);
    const int32_t header_length = word & kHeaderLengthMask;
    const int32_t codec = word >> 24;
    if (codec != 0 && codec != 1) {
      return {-1, "header encoding " + std::to_string(codec) + " is unknown"};
    }
    if (header_length > length - 4) {
      return {-1, "a header of " + std::to_string(header_length) +
                      " bytes does not fit a frame length of " + std::to_string(length)};
    }
  }
  return {int64_t{length} + 4, {}};
}

FrameParts SplitFrame(store::Bytes frame) {
  const int32_t word = store::LoadI32(frame.data() + 4);
  const auto header_size = static_cast<size_t>(word & kHeaderLengthMask);
  return {static_cast<Codec>(word >> 24),
          {reinterpret_cast<const char*>(frame.data()) + kFramePrefixBytes, header_size},
          frame.subspan(kFramePrefixBytes + header_size)};
}

}  // namespace apogee::remoting
