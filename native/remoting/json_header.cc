// SPDX-License-Identifier: Apache-2.0
#include "remoting/header.h"
#include "remoting/numbers.h"
#include "remoting/quote_index.h"

namespace apogee::remoting {
namespace {

struct Scalar {
  std::string_view text;
  bool escaped = false;
};

/// One pass over a JSON object of scalars, with one nested object, extFields. What a lenient
/// reader might still accept (comments, single quotes, nested values) counts as unusual.
class JsonHeaderReader {
 public:
  JsonHeaderReader(std::string_view text, const QuoteIndex& quotes, Header* header)
      : text_(text.data()),
        at_(text.data()),
        end_(text.data() + text.size()),
        quote_(quotes.begin()),
        last_quote_(quotes.end()),
        header_(header) {}

  /// Called at the opening brace, returns behind the closing one.
  template <bool kExtFields>
  bool ReadObject() {
    at_ += 1;
    if (Take('}')) return true;
    do {
      Scalar name;
      if (!IsNext('"') || !ReadString(&name) || name.escaped || !Take(':')) return false;
      SkipBlanks();
      if (!ReadMember<kExtFields>(name.text)) return false;
    } while (Take(','));
    return Take('}');
  }

  void SkipBlanks() {
    while (at_ < end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) at_ += 1;
  }
  bool IsNext(char wanted) {
    if (at_ < end_ && *at_ == wanted) return true;
    SkipBlanks();
    return at_ < end_ && *at_ == wanted;
  }
  bool AtEnd() const { return at_ == end_; }

 private:
  bool Take(char wanted) {
    if (!IsNext(wanted)) return false;
    at_ += 1;
    return true;
  }

  template <bool kExtFields>
  bool ReadMember(std::string_view name) {
    Scalar value;
    if constexpr (kExtFields) {
      if (IsNext('"')) return ReadString(&value) && header_->Add(name, value.text, value.escaped);
      if (!ReadWord(&value)) return false;
      return value.text == "null" || header_->Add(name, value.text, false);
    } else {
      if (name == "extFields" && IsNext('{')) {
        header_->field_count = 0;
        return ReadObject<true>();
      }
      if (IsNext('"') ? !ReadString(&value) : !ReadWord(&value)) return false;
      int32_t* number = name == "code"     ? &header_->code
                        : name == "opaque" ? &header_->opaque
                        : name == "flag"   ? &header_->flag
                                           : nullptr;
      return number == nullptr || value.text == "null" || ParseInteger(value.text, number);
    }
  }

  /// Called at the opening quote, returns behind the closing one. Quotes come in order: one that is
  /// not here belongs to a text this reader does not know.
  bool ReadString(Scalar* value) {
    if (quote_ == last_quote_ || text_ + quote_->position() != at_) return false;
    if (last_quote_ - quote_ < 2) {
      at_ = end_;
      return false;
    }
    const char* start = at_ + 1;
    const char* stop = text_ + quote_[1].position();
    value->text = {start, static_cast<size_t>(stop - start)};
    value->escaped = quote_[1].behind_escape();
    quote_ += 2;
    at_ = stop + 1;
    return true;
  }

  /// A number without fraction, true, false or null.
  bool ReadWord(Scalar* value) {
    const char* start = at_;
    while (at_ < end_ && *at_ != ',' && *at_ != '}' && static_cast<uint8_t>(*at_) > ' ') at_ += 1;
    value->text = {start, static_cast<size_t>(at_ - start)};
    if (at_ == end_) return false;
    int64_t number = 0;
    if (ParseInteger(value->text, &number) || value->text == "null" || value->text == "true" ||
        value->text == "false") {
      return true;
    }
    at_ = start;
    return false;
  }

  const char* const text_;
  const char* at_;
  const char* const end_;
  const QuoteIndex::Quote* quote_;
  const QuoteIndex::Quote* const last_quote_;
  Header* const header_;
};

HeaderVerdict Malformed(const char* what, const char** error) {
  *error = what;
  return HeaderVerdict::kMalformed;
}

}  // namespace

HeaderVerdict ReadJsonHeader(std::string_view text, Header* header, const char** error) {
  header->Clear(Codec::kJson);
  QuoteIndex quotes;
  const bool indexed = quotes.Find(text);
  JsonHeaderReader reader(text, quotes, header);
  const bool is_object = reader.IsNext('{');
  if (reader.AtEnd()) return Malformed("the JSON header is empty", error);
  if (!is_object) return Malformed("the JSON header does not start with {", error);
  if (!indexed) return HeaderVerdict::kUnusual;
  if (!reader.ReadObject<false>()) {
    // The text ended too early, or it holds something this reader does not know.
    if (!reader.AtEnd()) return HeaderVerdict::kUnusual;
    return Malformed("the JSON header ends before its closing brace", error);
  }
  reader.SkipBlanks();
  return reader.AtEnd() ? HeaderVerdict::kRead : HeaderVerdict::kUnusual;
}

}  // namespace apogee::remoting
