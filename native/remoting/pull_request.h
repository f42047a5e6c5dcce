// SPDX-License-Identifier: Apache-2.0
/// The headers of PULL_MESSAGE (11), LITE_PULL_MESSAGE (361) and UPDATE_CONSUMER_OFFSET (15).
/// Spec remoting §2.4 and §2.5.2.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "remoting/header.h"
#include "remoting/text_scratch.h"

namespace apogee::remoting {

namespace pull_sys_flag {
inline constexpr int32_t kCommitOffset = 1;
inline constexpr int32_t kSuspend = 2;
inline constexpr int32_t kSubscription = 4;
inline constexpr int32_t kClassFilter = 8;
}  // namespace pull_sys_flag

struct PullRequest {
  std::string_view group;
  std::string_view topic;
  std::string_view subscription;
  int32_t queue_id = 0;
  int32_t max_messages = 0;
  int32_t sys_flag = 0;
  int64_t offset = 0;
  int64_t commit_offset = 0;
  int64_t suspend_timeout_ms = 0;
  int64_t sub_version = 0;

  bool Has(int32_t flag) const { return (sys_flag & flag) != 0; }
};

/// False: a mandatory field is missing or malformed, or the pull asks for what native code does
/// not do: another expression type than TAG, a class filter, a light topic, a proxy's pull.
bool DecodePullRequest(const Header& header, TextScratch* scratch, PullRequest* request);

struct CommitOffsetRequest {
  std::string_view group;
  std::string_view topic;
  int32_t queue_id = 0;
  int64_t offset = 0;
};

/// False: a field is missing or malformed.
bool DecodeCommitOffsetRequest(const Header& header, TextScratch* scratch,
                               CommitOffsetRequest* request);

/// Hash codes of the tags of `expression`, in `codes`; empty codes mean every message. False: no
/// tag is left. Source: FilterAPI.build.
bool ParseTagExpression(std::string_view expression, std::vector<int32_t>* codes);

}  // namespace apogee::remoting
