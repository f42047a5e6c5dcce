// SPDX-License-Identifier: Apache-2.0
#include "remoting/stored_properties.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "remoting/numbers.h"
#include "store/java_hash.h"
#include "store/layout.h"

namespace apogee::remoting {
namespace {

/// Capacity of the map that a Java broker makes for the properties of a message.
constexpr size_t kFirstBuckets = 128;
/// More names than this in one bucket are no accident.
constexpr int kMaxChain = 32;
constexpr char kNameEnd = '\x01';
constexpr char kValueEnd = '\x02';

/// Java's String.hashCode of an ASCII text.
constexpr int32_t AsciiHash(std::string_view text) {
  uint32_t hash = 0;
  for (char c : text) hash = 31 * hash + static_cast<uint8_t>(c);
  return static_cast<int32_t>(hash);
}

/// Notes what a property tells. Returns false for one that is not stored.
bool Note(const PropertyView& property, PropertyFacts* facts) {
  switch (property.hash) {
    case AsciiHash("UNIQ_KEY"):
      if (property.name() == "UNIQ_KEY") facts->unique_key = property.value();
      return true;
    case AsciiHash("WAIT"):
      if (property.name() == "WAIT") facts->wait = ParseBoolean(property.value());
      return true;
    case AsciiHash("POP_CK"):
      return property.name() != "POP_CK";
    case AsciiHash("DELAY"):
    case AsciiHash("TIMER_DELAY_SEC"):
    case AsciiHash("TIMER_DELAY_MS"):
    case AsciiHash("TIMER_DELIVER_MS"):
    case AsciiHash("TIMER_DEL_UNIQKEY"):
    case AsciiHash("TRAN_MSG"):
    case AsciiHash("_SYS_MSG_PRIORITY_"):
    case AsciiHash("INNER_MULTI_DISPATCH"):
    case AsciiHash("__LITE_TOPIC"):
      // A name that only shares the hash takes the slow path too, where it is told apart.
      facts->special = true;
      return true;
    default:
      return true;
  }
}

/// Calls visit(PropertyView) for each property with a name and a value; stops when it says false.
template <typename Visit>
bool ForEachProperty(std::string_view properties, Visit visit) {
  size_t at = 0;
  while (at < properties.size()) {
    // Names are short: one loop finds their end and hashes them.
    size_t name_end = at;
    uint32_t hash = 0;
    bool ascii = true;
    for (; name_end < properties.size(); name_end++) {
      const auto byte = static_cast<uint8_t>(properties[name_end]);
      if (byte == kNameEnd || byte == kValueEnd) break;
      hash = 31 * hash + byte;
      ascii &= byte < 0x80;
    }
    const size_t stop = std::min(properties.find(kValueEnd, name_end), properties.size());
    if (name_end > at && stop > name_end + 1 && properties[name_end] == kNameEnd) {
      PropertyView property;
      property.text = properties.substr(at, stop - at);
      property.name_size = name_end - at;
      property.hash = ascii ? static_cast<int32_t>(hash) : store::JavaHash(property.name());
      if (!visit(property)) return false;
    }
    at = stop + 1;
  }
  return true;
}

}  // namespace

void Property::Set(std::string_view name, std::string_view value) {
  text_.assign(name);
  text_ += kNameEnd;
  text_ += value;
  name_size_ = name.size();
  hash_ = store::JavaHash(name);
}

PropertyFacts ScanPropertyFacts(std::string_view properties) {
  PropertyFacts facts;
  ForEachProperty(properties, [&facts](const PropertyView& property) {
    Note(property, &facts);
    return true;
  });
  return facts;
}

void StoredProperties::Clear() {
  facts_ = {};
  text_size_ = 0;
  entries_.clear();
  buckets_.resize(kFirstBuckets);
  used_.assign(kFirstBuckets / 64, 0);
}

bool StoredProperties::Parse(std::string_view sent) {
  return ForEachProperty(sent, [this](const PropertyView& property) {
    return !Note(property, &facts_) || Put(property);
  });
}

bool StoredProperties::Put(const PropertyView& property) {
  const auto bits = static_cast<uint32_t>(property.hash);
  const uint32_t spread = bits ^ (bits >> 16);
  const size_t bucket = spread & (buckets_.size() - 1);
  text_size_ += property.text.size() + 1;
  if ((used_[bucket / 64] >> (bucket % 64) & 1) != 0) {
    int chain = 0;
    for (int32_t i = buckets_[bucket].head; i >= 0; i = entries_[static_cast<size_t>(i)].next) {
      Entry& entry = entries_[static_cast<size_t>(i)];
      if (entry.spread == spread && entry.property.name() == property.name()) {
        text_size_ -= entry.property.text.size() + 1;
        entry.property = property;
        return true;
      }
      chain += 1;
      if (chain > kMaxChain) return false;
    }
  }
  entries_.push_back({property, spread, -1});
  Link(static_cast<int32_t>(entries_.size()) - 1);
  if (entries_.size() > buckets_.size() / 4 * 3) Grow();
  return true;
}

/// Appends an entry to its bucket's chain.
void StoredProperties::Link(int32_t index) {
  Entry& entry = entries_[static_cast<size_t>(index)];
  const size_t at = entry.spread & (buckets_.size() - 1);
  Bucket& bucket = buckets_[at];
  entry.next = -1;
  uint64_t& word = used_[at / 64];
  const uint64_t bit = uint64_t{1} << (at % 64);
  if ((word & bit) == 0) {
    word |= bit;
    bucket.head = index;
  } else {
    entries_[static_cast<size_t>(bucket.tail)].next = index;
  }
  bucket.tail = index;
}

void StoredProperties::Grow() {
  buckets_.resize(buckets_.size() * 2);
  used_.assign(buckets_.size() / 64, 0);
  for (size_t i = 0; i < entries_.size(); i++) Link(static_cast<int32_t>(i));
}

bool StoredProperties::Write() {
  if (text_size_ > store::kMaxPropertiesSize) return false;
  text_.resize(text_size_);
  char* to = text_.data();
  for (size_t w = 0; w < used_.size(); w++) {
    for (uint64_t word = used_[w]; word != 0; word &= word - 1) {
      const size_t bucket = w * 64 + static_cast<size_t>(std::countr_zero(word));
      for (int32_t i = buckets_[bucket].head; i >= 0;) {
        const Entry& entry = entries_[static_cast<size_t>(i)];
        std::memcpy(to, entry.property.text.data(), entry.property.text.size());
        to += entry.property.text.size();
        *to++ = kValueEnd;
        i = entry.next;
      }
    }
  }
  return true;
}

}  // namespace apogee::remoting
