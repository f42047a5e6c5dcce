// SPDX-License-Identifier: Apache-2.0
#include "remoting/header.h"
#include "remoting/numbers.h"
#include "remoting/text_scan.h"

namespace apogee::remoting {
namespace {

struct Scalar {
  std::string_view text;
  bool escaped = false;
  bool is_null = false;
};

/// One pass over a JSON object of scalars, with one nested object, extFields. What a lenient
/// reader might still accept (comments, single quotes, nested values) counts as unusual.
class JsonHeaderReader {
 public:
  JsonHeaderReader(std::string_view text, Header* header, const char** error)
      : at_(text.data()), end_(text.data() + text.size()), header_(header), error_(error) {}

  HeaderVerdict Read() {
    SkipBlanks();
    if (at_ == end_) return Malformed("the JSON header is empty");
    if (*at_ != '{') return Malformed("the JSON header does not start with {");
    const HeaderVerdict verdict = ReadObject(/*nested=*/false);
    if (verdict != HeaderVerdict::kRead) return verdict;
    SkipBlanks();
    return at_ == end_ ? HeaderVerdict::kRead : HeaderVerdict::kUnusual;
  }

 private:
  HeaderVerdict Malformed(const char* what) {
    *error_ = what;
    return HeaderVerdict::kMalformed;
  }
  /// The text ended too early, or it holds something this reader does not know.
  HeaderVerdict Stop() {
    return at_ == end_ ? Malformed("the JSON header ends before its closing brace")
                       : HeaderVerdict::kUnusual;
  }

  void SkipBlanks() {
    while (at_ < end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) at_ += 1;
  }
  bool Take(char wanted) {
    if (at_ < end_ && *at_ != wanted) SkipBlanks();
    if (at_ == end_ || *at_ != wanted) return false;
    at_ += 1;
    return true;
  }

  /// Called at the opening brace, returns behind the closing one.
  HeaderVerdict ReadObject(bool nested) {
    at_ += 1;
    if (Take('}')) return HeaderVerdict::kRead;
    do {
      Scalar name;
      if (!Take('"') || !ReadString(&name) || name.escaped || !Take(':')) return Stop();
      SkipBlanks();
      const HeaderVerdict verdict = nested ? ReadExtField(name.text) : ReadMember(name.text);
      if (verdict != HeaderVerdict::kRead) return verdict;
    } while (Take(','));
    return Take('}') ? HeaderVerdict::kRead : Stop();
  }

  HeaderVerdict ReadExtField(std::string_view name) {
    Scalar value;
    if (!ReadScalar(&value)) return Stop();
    if (!value.is_null && !header_->Add(name, value.text, value.escaped)) {
      return HeaderVerdict::kUnusual;
    }
    return HeaderVerdict::kRead;
  }

  HeaderVerdict ReadMember(std::string_view name) {
    if (name == "extFields" && at_ < end_ && *at_ == '{') {
      header_->field_count = 0;
      return ReadObject(/*nested=*/true);
    }
    Scalar value;
    if (!ReadScalar(&value)) return Stop();
    int32_t* target = name == "code"     ? &header_->code
                      : name == "opaque" ? &header_->opaque
                      : name == "flag"   ? &header_->flag
                                         : nullptr;
    if (target == nullptr || value.is_null) return HeaderVerdict::kRead;
    return ParseInteger(value.text, target) ? HeaderVerdict::kRead : HeaderVerdict::kUnusual;
  }

  /// Called behind the opening quote, returns behind the closing one.
  bool ReadString(Scalar* value) {
    const char* start = at_;
    while (true) {
      at_ = FindQuoteOrEscape(at_, end_);
      if (at_ == end_) return false;
      if (*at_ == '"') break;
      value->escaped = true;
      at_ = end_ - at_ >= 2 ? at_ + 2 : end_;
    }
    value->text = {start, static_cast<size_t>(at_ - start)};
    at_ += 1;
    return true;
  }

  bool ReadScalar(Scalar* value) {
    if (at_ == end_) return false;
    if (*at_ == '"') {
      at_ += 1;
      return ReadString(value);
    }
    const char* start = at_;
    while (at_ < end_ && *at_ != ',' && *at_ != '}' && static_cast<uint8_t>(*at_) > ' ') at_ += 1;
    value->text = {start, static_cast<size_t>(at_ - start)};
    value->is_null = value->text == "null";
    if (at_ == end_) return false;
    if (value->is_null || value->text == "true" || value->text == "false") return true;
    int64_t number = 0;
    if (ParseInteger(value->text, &number)) return true;
    at_ = start;
    return false;
  }

  const char* at_;
  const char* const end_;
  Header* const header_;
  const char** const error_;
};

}  // namespace

HeaderVerdict ReadJsonHeader(std::string_view text, Header* header, const char** error) {
  header->Clear(Codec::kJson);
  return JsonHeaderReader(text, header, error).Read();
}

}  // namespace apogee::remoting
