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

/// Values the broker adds to every message.
struct BrokerProperties {
  std::string region_id = "DefaultRegion";
  std::string trace_on = "true";
  std::string cluster_name = "DefaultCluster";
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
  /// UNIQ_KEY becomes `generated_key()` when missing. False: too long, or crafted to collide.
  template <typename GenerateKey>
  bool Rewrite(std::string_view sent, const BrokerProperties& broker, GenerateKey generated_key) {
    facts_ = {};
    Clear();
    if (!Parse(sent) || !Put("MSG_REGION", broker.region_id, kRegionHash) ||
        !Put("TRACE_ON", broker.trace_on, kTraceOnHash)) {
      return false;
    }
    if (facts_.unique_key.empty()) {
      facts_.unique_key = generated_key();
      if (!Put("UNIQ_KEY", facts_.unique_key, kUniqueKeyHash)) return false;
    }
    return Put("CLUSTER", broker.cluster_name, kClusterHash) && Write();
  }

  const PropertyFacts& facts() const { return facts_; }
  store::Bytes bytes() const {
    return {reinterpret_cast<const uint8_t*>(text_.data()), text_.size()};
  }

 private:
  /// Java's String.hashCode of these names.
  static const int32_t kRegionHash;
  static const int32_t kTraceOnHash;
  static const int32_t kUniqueKeyHash;
  static const int32_t kClusterHash;

  struct Entry {
    std::string_view name;
    std::string_view value;
    uint32_t spread;
    int32_t next;
  };
  struct Bucket {
    int32_t head;
    int32_t tail;
  };

  void Clear();
  bool Parse(std::string_view sent);
  bool Put(std::string_view name, std::string_view value, int32_t hash);
  void Grow();
  void Link(int32_t index);
  bool Write();

  std::vector<Entry> entries_;
  std::vector<Bucket> buckets_;
  /// One bit per bucket that holds something, so that a nearly empty map is walked fast.
  std::vector<uint64_t> used_;
  std::string text_;
  PropertyFacts facts_;
};

}  // namespace apogee::remoting
