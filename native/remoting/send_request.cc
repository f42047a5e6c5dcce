// SPDX-License-Identifier: Apache-2.0
#include "remoting/send_request.h"

#include "remoting/numbers.h"

namespace apogee::remoting {
namespace {

/// The one-letter name of a long one, or 0 for a field that native code does not read.
char ShortName(std::string_view name) {
  struct Pair {
    std::string_view name;
    char letter;
  };
  static constexpr Pair kPairs[] = {
      {"producerGroup", 'a'},    {"topic", 'b'},   {"defaultTopic", 'c'},
      {"queueId", 'e'},          {"sysFlag", 'f'}, {"defaultTopicQueueNums", 'd'},
      {"bornTimestamp", 'g'},    {"flag", 'h'},    {"properties", 'i'},
      {"reconsumeTimes", 'j'},   {"batch", 'm'},   {"unitMode", 'k'},
      {"maxReconsumeTimes", 'l'}};
  for (const Pair& pair : kPairs) {
    if (pair.name == name) return pair.letter;
  }
  return 0;
}

/// Bits of the letters a to h, all mandatory.
constexpr uint32_t kMandatory = 0xFF;

bool DecodeField(char letter, std::string_view text, SendRequest* request) {
  int32_t unused = 0;
  switch (letter) {
    case 'b':
      request->topic = text;
      return !text.empty();
    case 'd':
    case 'l':
      return ParseInteger(text, &unused);
    case 'e':
      return ParseInteger(text, &request->queue_id);
    case 'f':
      return ParseInteger(text, &request->sys_flag);
    case 'g':
      return ParseInteger(text, &request->born_timestamp);
    case 'h':
      return ParseInteger(text, &request->flag);
    case 'i':
      request->properties = text;
      return true;
    case 'j':
      return ParseInteger(text, &request->reconsume_times);
    case 'm':
      request->batch = ParseBoolean(text);
      return true;
    default:
      return true;
  }
}

}  // namespace

bool DecodeSendRequest(const Header& header, bool short_names, TextScratch* scratch,
                       SendRequest* request) {
  uint32_t seen = 0;
  for (size_t i = 0; i < header.field_count; i++) {
    const HeaderField& field = header.fields[i];
    char letter = 0;
    if (!short_names) {
      letter = ShortName(field.name);
    } else if (field.name.size() == 1) {
      letter = field.name[0];
    }
    if (letter < 'a' || letter > 'm') continue;
    std::string_view text;
    if (!scratch->Text(field, &text) || !DecodeField(letter, text, request)) return false;
    seen |= 1U << (letter - 'a');
  }
  return (seen & kMandatory) == kMandatory;
}

}  // namespace apogee::remoting
