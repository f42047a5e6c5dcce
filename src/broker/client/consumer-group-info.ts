// SPDX-License-Identifier: Apache-2.0
/** An online consumer group: its clients and what it subscribes. Source: ConsumerGroupInfo. */
import type { ConsumeFromWhere, ConsumeType, MessageModel } from '../../protocol/consumer-enums.ts';
import type { SubscriptionData } from '../../protocol/subscription.ts';
import type { ClientChannelInfo } from './client-channel-info.ts';

export interface ConsumerTraits {
  readonly consumeType: ConsumeType;
  readonly messageModel: MessageModel;
  readonly consumeFromWhere: ConsumeFromWhere;
}

/** What changed in the group's subscriptions. */
export interface SubscriptionChanges {
  /** New topics, and known ones with a greater version. */
  readonly set: readonly SubscriptionData[];
  readonly removed: readonly string[];
  /** Whether topics came or went; a greater version alone does not count. */
  readonly topicsChanged: boolean;
}

export class ConsumerGroupInfo {
  readonly group: string;
  traits: ConsumerTraits;
  /** Connection id → client. */
  readonly clients = new Map<number, ClientChannelInfo>();
  readonly subscriptions = new Map<string, SubscriptionData>();
  /** Connection id → what that client itself subscribes, as one text. */
  readonly ownSubscriptions = new Map<number, string>();

  constructor(group: string, traits: ConsumerTraits) {
    this.group = group;
    this.traits = traits;
  }

  /** True when the connection is new to the group. */
  updateClient(info: ClientChannelInfo, traits: ConsumerTraits): boolean {
    this.traits = traits;
    const known = this.clients.get(info.connection.id);
    if (known === undefined || known.clientId !== info.clientId) {
      this.clients.set(info.connection.id, { ...info });
      return known === undefined;
    }
    known.lastUpdateMs = info.lastUpdateMs;
    return false;
  }

  /** Takes over topics that are new or have a greater version, drops those not in the list. */
  updateSubscriptions(wanted: readonly SubscriptionData[]): SubscriptionChanges {
    const set: SubscriptionData[] = [];
    let topicsChanged = false;
    for (const subscription of wanted) {
      const known = this.subscriptions.get(subscription.topic);
      if (known !== undefined && subscription.subVersion <= known.subVersion) continue;
      topicsChanged ||= known === undefined;
      this.subscriptions.set(subscription.topic, subscription);
      set.push(subscription);
    }
    const topics = new Set(wanted.map(({ topic }) => topic));
    const removed = [...this.subscriptions.keys()].filter((topic) => !topics.has(topic));
    for (const topic of removed) this.subscriptions.delete(topic);
    return { set, removed, topicsChanged: topicsChanged || removed.length > 0 };
  }

  removeClient(connectionId: number): ClientChannelInfo | undefined {
    const info = this.clients.get(connectionId);
    this.clients.delete(connectionId);
    this.ownSubscriptions.delete(connectionId);
    return info;
  }
}
