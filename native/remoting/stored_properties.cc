// SPDX-License-Identifier: Apache-2.0
#include "remoting/stored_properties.h"

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

int32_t NameHash(std::string_view name) {
  uint32_t hash = 0;
  for (char c : name) {
    if (static_cast<int8_t>(c) < 0) return store::JavaHash(name);
    hash = 31 * hash + static_cast<uint8_t>(c);
  }
  return static_cast<int32_t>(hash);
}

/// Notes what `name` tells. Returns false for a property that is not stored.
bool Note(std::string_view name, std::string_view value, int32_t hash, PropertyFacts* facts) {
  switch (hash) {
    case AsciiHash("UNIQ_KEY"):
      if (name == "UNIQ_KEY") facts->unique_key = value;
      return true;
    case AsciiHash("WAIT"):
      if (name == "WAIT") facts->wait = ParseBoolean(value);
      return true;
    case AsciiHash("POP_CK"):
      return name != "POP_CK";
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

/// Calls visit(name, value) for each property with a name and a value; stops when it says false.
template <typename Visit>
bool ForEachProperty(std::string_view properties, Visit visit) {
  const char* at = properties.data();
  const char* const end = at + properties.size();
  while (at < end) {
    const auto* stop =
        static_cast<const char*>(std::memchr(at, kValueEnd, static_cast<size_t>(end - at)));
    if (stop == nullptr) stop = end;
    const auto* separator =
        static_cast<const char*>(std::memchr(at, kNameEnd, static_cast<size_t>(stop - at)));
    if (separator != nullptr && separator > at && separator + 1 < stop) {
      const std::string_view name(at, static_cast<size_t>(separator - at));
      const std::string_view value(separator + 1, static_cast<size_t>(stop - separator - 1));
      if (!visit(name, value)) return false;
    }
    at = stop + 1;
  }
  return true;
}

}  // namespace

const int32_t StoredProperties::kRegionHash = AsciiHash("MSG_REGION");
const int32_t StoredProperties::kTraceOnHash = AsciiHash("TRACE_ON");
const int32_t StoredProperties::kUniqueKeyHash = AsciiHash("UNIQ_KEY");
const int32_t StoredProperties::kClusterHash = AsciiHash("CLUSTER");

PropertyFacts ScanPropertyFacts(std::string_view properties) {
  PropertyFacts facts;
  ForEachProperty(properties, [&facts](std::string_view name, std::string_view value) {
    Note(name, value, NameHash(name), &facts);
    return true;
  });
  return facts;
}

void StoredProperties::Clear() {
  entries_.clear();
  buckets_.resize(kFirstBuckets);
  used_.assign(kFirstBuckets / 64, 0);
}

bool StoredProperties::Parse(std::string_view sent) {
  return ForEachProperty(sent, [this](std::string_view name, std::string_view value) {
    const int32_t hash = NameHash(name);
    return !Note(name, value, hash, &facts_) || Put(name, value, hash);
  });
}

bool StoredProperties::Put(std::string_view name, std::string_view value, int32_t hash) {
  const auto bits = static_cast<uint32_t>(hash);
  const uint32_t spread = bits ^ (bits >> 16);
  const size_t bucket = spread & (buckets_.size() - 1);
  if ((used_[bucket / 64] >> (bucket % 64) & 1) != 0) {
    int chain = 0;
    for (int32_t i = buckets_[bucket].head; i >= 0; i = entries_[static_cast<size_t>(i)].next) {
      Entry& entry = entries_[static_cast<size_t>(i)];
      if (entry.spread == spread && entry.name == name) {
        entry.value = value;
        return true;
      }
      chain += 1;
      if (chain > kMaxChain) return false;
    }
  }
  entries_.push_back({name, value, spread, -1});
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
  size_t size = 0;
  for (const Entry& entry : entries_) size += entry.name.size() + entry.value.size() + 2;
  if (size > store::kMaxPropertiesSize) return false;
  text_.resize(size);
  char* to = text_.data();
  for (size_t w = 0; w < used_.size(); w++) {
    for (uint64_t word = used_[w]; word != 0; word &= word - 1) {
      const size_t bucket = w * 64 + static_cast<size_t>(std::countr_zero(word));
      for (int32_t i = buckets_[bucket].head; i >= 0;) {
        const Entry& entry = entries_[static_cast<size_t>(i)];
        std::memcpy(to, entry.name.data(), entry.name.size());
        to += entry.name.size();
        *to++ = kNameEnd;
        std::memcpy(to, entry.value.data(), entry.value.size());
        to += entry.value.size();
        *to++ = kValueEnd;
        i = entry.next;
      }
    }
  }
  return true;
}

}  // namespace apogee::remoting
