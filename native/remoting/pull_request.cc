// SPDX-License-Identifier: Apache-2.0
#include "remoting/pull_request.h"

#include "remoting/numbers.h"
#include "store/java_hash.h"

namespace apogee::remoting {
namespace {

enum PullField : uint32_t {
  kGroup,
  kTopic,
  kQueueId,
  kQueueOffset,
  kMaxMessages,
  kSysFlag,
  kCommitOffset,
  kSuspendTimeout,
  kSubVersion,
  // From here on optional.
  kSubscription,
  kExpressionType,
  kRequestSource,
  kLiteTopic,
  kUnknown,
};
constexpr uint32_t kMandatory = (1U << kSubscription) - 1;

PullField FieldOf(std::string_view name) {
  struct Pair {
    std::string_view name;
    PullField field;
  };
  static constexpr Pair kPairs[] = {{"consumerGroup", kGroup},
                                    {"topic", kTopic},
                                    {"queueId", kQueueId},
                                    {"queueOffset", kQueueOffset},
                                    {"maxMsgNums", kMaxMessages},
                                    {"sysFlag", kSysFlag},
                                    {"commitOffset", kCommitOffset},
                                    {"suspendTimeoutMillis", kSuspendTimeout},
                                    {"subscription", kSubscription},
                                    {"subVersion", kSubVersion},
                                    {"expressionType", kExpressionType},
                                    {"requestSource", kRequestSource},
                                    {"liteTopic", kLiteTopic}};
  for (const Pair& pair : kPairs) {
    if (pair.name == name) return pair.field;
  }
  return kUnknown;
}

bool DecodeField(PullField field, std::string_view text, PullRequest* request) {
  switch (field) {
    case kGroup:
      request->group = text;
      return !text.empty();
    case kTopic:
      request->topic = text;
      return !text.empty();
    case kQueueId:
      return ParseInteger(text, &request->queue_id);
    case kQueueOffset:
      return ParseInteger(text, &request->offset);
    case kMaxMessages:
      return ParseInteger(text, &request->max_messages);
    case kSysFlag:
      return ParseInteger(text, &request->sys_flag);
    case kCommitOffset:
      return ParseInteger(text, &request->commit_offset);
    case kSuspendTimeout:
      return ParseInteger(text, &request->suspend_timeout_ms);
    case kSubVersion:
      return ParseInteger(text, &request->sub_version);
    case kSubscription:
      request->subscription = text;
      return true;
    case kExpressionType:
      return text.empty() || text == "TAG";
    case kRequestSource:
      return text == "-1";
    case kLiteTopic:
      return text.empty();
    case kUnknown:
      return true;
  }
  return true;
}

bool IsBlank(char c) { return static_cast<uint8_t>(c) <= ' '; }

std::string_view Trim(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace

bool DecodePullRequest(const Header& header, TextScratch* scratch, PullRequest* request) {
  uint32_t seen = 0;
  for (size_t i = 0; i < header.field_count; i++) {
    const HeaderField& field = header.fields[i];
    const PullField which = FieldOf(field.name);
    if (which == kUnknown) continue;
    std::string_view text;
    if (!scratch->Text(field, &text) || !DecodeField(which, text, request)) return false;
    seen |= 1U << which;
  }
  return (seen & kMandatory) == kMandatory && !request->Has(pull_sys_flag::kClassFilter);
}

bool DecodeCommitOffsetRequest(const Header& header, TextScratch* scratch,
                               CommitOffsetRequest* request) {
  uint32_t seen = 0;
  for (size_t i = 0; i < header.field_count; i++) {
    const HeaderField& field = header.fields[i];
    std::string_view text;
    if (!scratch->Text(field, &text)) return false;
    if (field.name == "consumerGroup") {
      request->group = text;
      seen |= 1;
    } else if (field.name == "topic") {
      request->topic = text;
      seen |= 2;
    } else if (field.name == "queueId") {
      if (!ParseInteger(text, &request->queue_id)) return false;
      seen |= 4;
    } else if (field.name == "commitOffset") {
      if (!ParseInteger(text, &request->offset)) return false;
      seen |= 8;
    }
  }
  return seen == 15;
}

bool ParseTagExpression(std::string_view expression, std::vector<int32_t>* codes) {
  codes->clear();
  if (expression.empty() || expression == "*") return true;
  while (!expression.empty()) {
    const size_t bars = expression.find("||");
    const std::string_view tag = Trim(expression.substr(0, bars));
    if (!tag.empty()) codes->push_back(store::JavaHash(tag));
    if (bars == std::string_view::npos) break;
    expression.remove_prefix(bars + 2);
  }
  return !codes->empty();
}

}  // namespace apogee::remoting
