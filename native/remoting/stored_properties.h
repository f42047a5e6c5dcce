// SPDX-License-Identifier: Apache-2.0
/// The property string a broker stores for a message. Bytes are those of a Java broker, which
/// keeps properties in a hash map: so the order here is the iteration order of such a map.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "store/message_store.h"

namespace apogee::remoting {

/// `name 0x01 value`, borrowed, and the name's String.hashCode.
struct PropertyView {
  std::string_view text;
  size_t name_size = 0;
  int32_t hash = 0;

  std::string_view name() const { return text.substr(0, name_size); }
  std::string_view value() const { return text.substr(name_size + 1); }
};

/// A property that owns its text.
class Property {
 public:
  Property() = default;
  Property(std::string_view name, std::string_view value) { Set(name, value); }
  void Set(std::string_view name, std::string_view value);
  PropertyView view() const { return {text_, name_size_, hash_}; }
  std::string_view value() const { return view().value(); }

 private:
  std::string text_;
  size_t name_size_ = 0;
  int32_t hash_ = 0;
};

/// What the broker adds to every message.
struct BrokerProperties {
  Property region{"MSG_REGION", "DefaultRegion"};
  Property trace{"TRACE_ON", "true"};
  Property cluster{"CLUSTER", "DefaultCluster"};
};

/// What native code wants to know of a message's properties.
struct PropertyFacts {
  /// Asks for something natively not done: delay, timer, transaction, priority, light topics.
  bool special = false;
  /// WAIT: the producer wants its answer only when the message is stored.
  bool wait = true;
  std::string_view unique_key;
};

/// The facts alone, for the outer properties of a batch.
PropertyFacts ScanPropertyFacts(std::string_view properties);

/// Shape: reused from message to message; views into it last until the next call.
/// Source: AbstractSendMessageProcessor.buildMsgContext, SendMessageProcessor.sendMessage.
class StoredProperties {
 public:
  /// Rewrites `sent`: later duplicates win, POP_CK goes, MSG_REGION, TRACE_ON and CLUSTER are set,
  /// UNIQ_KEY becomes `generate_key()` when missing. False: too long, or crafted to collide.
  template <typename GenerateKey>
  bool Rewrite(std::string_view sent, const BrokerProperties& broker, GenerateKey generate_key) {
    Clear();
    if (!Parse(sent) || !Put(broker.region.view()) || !Put(broker.trace.view())) return false;
    if (facts_.unique_key.empty()) {
      generated_.Set("UNIQ_KEY", generate_key());
      facts_.unique_key = generated_.value();
      if (!Put(generated_.view())) return false;
    }
    return Put(broker.cluster.view()) && Write();
  }

  const PropertyFacts& facts() const { return facts_; }
  store::Bytes bytes() const {
    return {reinterpret_cast<const uint8_t*>(text_.data()), text_.size()};
  }

 private:
  struct Entry {
    PropertyView property;
    uint32_t spread;
    int32_t next;
  };
  struct Bucket {
    int32_t head;
    int32_t tail;
  };

  void Clear();
  bool Parse(std::string_view sent);
  bool Put(const PropertyView& property);
  void Grow();
  void Link(int32_t index);
  bool Write();

  std::vector<Entry> entries_;
  std::vector<Bucket> buckets_;
  /// One bit per bucket that holds something, so that a nearly empty map is walked fast.
  std::vector<uint64_t> used_;
  size_t text_size_ = 0;
  std::string text_;
  Property generated_;
  PropertyFacts facts_;
};

}  // namespace apogee::remoting
