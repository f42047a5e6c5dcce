// SPDX-License-Identifier: Apache-2.0
/**
 * Which consumers are connected and what their groups subscribe. Subscriptions are pushed to the
 * store in compiled form; a change of members or topics is told to every member (code 40).
 * Thread: I/O thread. Source: ConsumerManager, DefaultConsumerIdsChangeListener; remoting §2.5.1.
 */
import type { Log } from '../../core/log.ts';
import { notifyConsumerIdsChanged } from '../../protocol/commands/notify-consumer-ids-changed.ts';
import type { PeerConnection } from '../../protocol/processor.ts';
import { createRequest, FLAG_ONEWAY } from '../../protocol/remoting-command.ts';
import {
  isTagType,
  javaHashCode,
  parseTagExpression,
  SUBSCRIBE_ALL,
  type SubscriptionData,
} from '../../protocol/subscription.ts';
import type { MessageStore } from '../../store/message-store.ts';
import { type ClientChannelInfo, remoteAddress } from './client-channel-info.ts';
import { ConsumerGroupInfo, type ConsumerTraits } from './consumer-group-info.ts';

export type SubscriptionStore = Pick<MessageStore, 'setSubscription' | 'removeSubscription'>;

export interface ConsumerRegistration {
  readonly group: string;
  readonly info: ClientChannelInfo;
  readonly traits: ConsumerTraits;
  /** Undefined: as before (heartbeat V2 without subscriptions). */
  readonly subscriptions: readonly SubscriptionData[] | undefined;
  /** The group's notifyConsumerIdsChangedEnable. */
  readonly notify: boolean;
}

export class ConsumerManager {
  readonly #store: SubscriptionStore;
  readonly #log: Log;
  readonly #mayNotify: (group: string) => boolean;
  readonly #groups = new Map<string, ConsumerGroupInfo>();
  /** Connection id → its groups, so that a lost connection costs no walk over all groups. */
  readonly #groupsOf = new Map<number, Set<string>>();
  /** Groups whose members subscribe differently and were warned about. */
  readonly #warned = new Set<string>();

  /** `mayNotify` tells a group's notifyConsumerIdsChangedEnable. */
  constructor(store: SubscriptionStore, log: Log, mayNotify: (group: string) => boolean) {
    this.#store = store;
    this.#log = log;
    this.#mayNotify = mayNotify;
  }

  get groups(): ReadonlyMap<string, ConsumerGroupInfo> {
    return this.#groups;
  }

  get(group: string): ConsumerGroupInfo | undefined {
    return this.#groups.get(group);
  }

  /** Undefined while the group is offline or does not subscribe the topic. */
  subscription(group: string, topic: string): SubscriptionData | undefined {
    return this.#groups.get(group)?.subscriptions.get(topic);
  }

  /** Online groups that subscribe the topic. */
  groupsOf(topic: string): string[] {
    const groups = [...this.#groups.values()];
    return groups.filter((info) => info.subscriptions.has(topic)).map(({ group }) => group);
  }

  /** True when members or topics changed. */
  register(registration: ConsumerRegistration): boolean {
    const { group, info, traits, subscriptions } = registration;
    let members = this.#groups.get(group);
    if (members === undefined) {
      members = new ConsumerGroupInfo(group, traits);
      this.#groups.set(group, members);
    }
    let changed = members.updateClient(info, traits);
    if (changed) {
      const groups = this.#groupsOf.get(info.connection.id) ?? new Set();
      this.#groupsOf.set(info.connection.id, groups.add(group));
      this.#log.info('new consumer connected', {
        group,
        clientId: info.clientId,
        remote: remoteAddress(info.connection),
        language: info.language,
        messageModel: traits.messageModel,
      });
    }
    if (subscriptions !== undefined) {
      const { set, removed, topicsChanged } = members.updateSubscriptions(subscriptions);
      for (const subscription of set) this.#push(group, subscription);
      for (const topic of removed) this.#store.removeSubscription(group, topic);
      changed ||= topicsChanged;
      this.#compareMembers(members, info, subscriptions);
    }
    if (changed && registration.notify) this.#notifyMembers(members);
    return changed;
  }

  /** Removes one client from a group and tells the others. */
  unregister(group: string, connection: PeerConnection): void {
    const members = this.#groups.get(group);
    const info = members?.removeClient(connection.id);
    if (members === undefined || info === undefined) return;
    const groups = this.#groupsOf.get(connection.id);
    groups?.delete(group);
    if (groups?.size === 0) this.#groupsOf.delete(connection.id);
    this.#log.info('consumer unregistered', { group, clientId: info.clientId });
    if (members.clients.size === 0) this.#forget(members);
    else if (this.#mayNotify(group)) this.#notifyMembers(members);
  }

  onConnectionClosed(connection: PeerConnection): void {
    for (const group of [...(this.#groupsOf.get(connection.id) ?? [])]) {
      this.unregister(group, connection);
    }
  }

  /** Drops and closes clients whose last heartbeat is older than `timeoutMs`. */
  removeExpired(nowMs: number, timeoutMs: number): void {
    for (const members of [...this.#groups.values()]) {
      for (const info of [...members.clients.values()]) {
        if (nowMs - info.lastUpdateMs <= timeoutMs) continue;
        this.unregister(members.group, info.connection);
        info.connection.close(
          `consumer group ${members.group} sent no heartbeat for ${timeoutMs} ms`,
        );
      }
    }
  }

  #forget(members: ConsumerGroupInfo): void {
    const { group } = members;
    this.#groups.delete(group);
    this.#warned.delete(group);
    for (const topic of members.subscriptions.keys()) this.#store.removeSubscription(group, topic);
  }

  #push(group: string, subscription: SubscriptionData): void {
    const { topic, subVersion } = subscription;
    this.#store.setSubscription({ group, topic, subVersion, codes: tagCodes(subscription) });
  }

  /** Broadcasting groups do not share queues, so a change concerns nobody. */
  #notifyMembers(members: ConsumerGroupInfo): void {
    if (members.traits.messageModel === 'BROADCASTING') return;
    for (const { connection } of members.clients.values()) {
      const fields = notifyConsumerIdsChanged.request.encode({ consumerGroup: members.group });
      const notice = createRequest(notifyConsumerIdsChanged.code, fields);
      notice.flag |= FLAG_ONEWAY;
      connection.send(notice);
    }
  }

  /** Members that subscribe differently silently lose messages: say so, once per disagreement. */
  #compareMembers(
    members: ConsumerGroupInfo,
    info: ClientChannelInfo,
    subscriptions: readonly SubscriptionData[],
  ): void {
    const { group } = members;
    // Active pullers name their topics pull by pull; what they announce decides nothing.
    if (members.traits.consumeType === 'CONSUME_ACTIVELY') return;
    const own = subscriptionText(subscriptions);
    members.ownSubscriptions.set(info.connection.id, own);
    const other = [...members.ownSubscriptions].find(([, text]) => text !== own);
    if (other === undefined) {
      this.#warned.delete(group);
      return;
    }
    if (this.#warned.has(group)) return;
    this.#warned.add(group);
    this.#log.warn(
      'members of one consumer group subscribe differently: messages will be lost for some. ' +
        'Give every member the same topics and expressions, or a group of its own',
      {
        group,
        clientId: info.clientId,
        subscribes: own,
        otherClientId: members.clients.get(other[0])?.clientId,
        otherSubscribes: other[1],
      },
    );
  }
}

/** The tag codes native code filters by; undefined for an expression only a processor can judge. */
export function tagCodes(subscription: SubscriptionData): Int32Array | undefined {
  if (!isTagType(subscription.expressionType) || subscription.classFilterMode) return undefined;
  if (subscription.subString === SUBSCRIBE_ALL || subscription.subString === '') {
    return new Int32Array(0);
  }
  // Clients send the codes; one that sends the expression alone means the same.
  if (subscription.codeSet.length > 0) return Int32Array.from(subscription.codeSet);
  try {
    return Int32Array.from(parseTagExpression(subscription.subString), javaHashCode);
  } catch {
    return undefined;
  }
}

function subscriptionText(subscriptions: readonly SubscriptionData[]): string {
  const parts = subscriptions.map(
    ({ topic, expressionType, subString }) =>
      `${topic}:${isTagType(expressionType) ? '' : `${expressionType} `}${subString}`,
  );
  return parts.sort().join(', ');
}
