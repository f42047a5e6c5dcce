// SPDX-License-Identifier: Apache-2.0
/** One broker of a FakeCluster: messages, offsets and groups in plain tables. */
import type { Timer } from '../../src/core/clock.ts';
import { RequestCode, ResponseCode } from '../../src/protocol/codes.ts';
import { consumerSendMsgBack } from '../../src/protocol/commands/consumer-send-msg-back.ts';
import {
  encodeConsumerIdList,
  getConsumerListByGroup,
} from '../../src/protocol/commands/get-consumer-list-by-group.ts';
import { notifyConsumerIdsChanged } from '../../src/protocol/commands/notify-consumer-ids-changed.ts';
import { pullMessage } from '../../src/protocol/commands/pull-message.ts';
import { queryConsumerOffset } from '../../src/protocol/commands/query-consumer-offset.ts';
import { searchOffsetByTimestamp } from '../../src/protocol/commands/search-offset-by-timestamp.ts';
import { decodeSendMessageHeader } from '../../src/protocol/commands/send-message-v2.ts';
import { unregisterClient } from '../../src/protocol/commands/unregister-client.ts';
import { updateConsumerOffset } from '../../src/protocol/commands/update-consumer-offset.ts';
import { decodeHeartbeatData } from '../../src/protocol/heartbeat-data.ts';
import { decodeMessageBatch } from '../../src/protocol/message-batch.ts';
import { formatOffsetMessageId } from '../../src/protocol/message-id.ts';
import { parseProperties } from '../../src/protocol/message-properties.ts';
import { encodeMessageRecord, type MessageRecordInput } from '../../src/protocol/message-record.ts';
import type { PeerConnection, RequestContext } from '../../src/protocol/processor.ts';
import {
  createRequest,
  createResponse,
  type ExtFields,
  FLAG_ONEWAY,
  type RemotingCommand,
} from '../../src/protocol/remoting-command.ts';
import {
  javaHashCode,
  newSubscriptionData,
  type SubscriptionData,
} from '../../src/protocol/subscription.ts';
import { PullSysFlag } from '../../src/protocol/sys-flag.ts';
import type { MemoryNetwork } from '../../src/transport/memory-transport.ts';
import { FakeServer } from './fake-server.ts';
import type { VirtualClock } from './virtual-clock.ts';

interface Member {
  readonly clientId: string;
  readonly peer: PeerConnection;
  readonly subscriptions: readonly SubscriptionData[];
}

interface HeldPull {
  readonly key: string;
  readonly serve: () => void;
  readonly timer: Timer;
}

/** How long a message waits before it comes again, by the times it came. */
export const RETRY_DELAY_MS = 10_000;

/** The topics of the cluster, whose routes the name server answers. */
export interface FakeTopics {
  has(topic: string): boolean;
  create(topic: string, queues: number): void;
}

export interface FakeNetwork {
  readonly network: MemoryNetwork;
  readonly clock: VirtualClock;
}

export class FakeBroker extends FakeServer {
  readonly name: string;
  readonly #topics: FakeTopics;
  readonly queues = new Map<string, MessageRecordInput[]>();
  readonly offsets = new Map<string, number>();
  readonly groups = new Map<string, Map<string, Member>>();
  readonly #held = new Set<HeldPull>();
  readonly #delayed: Timer[] = [];
  #logOffset = 0;
  brokerId = 0;
  registered = true;
  /** The address in routes. */
  advertised: string;

  constructor(topics: FakeTopics, { network, clock }: FakeNetwork, name: string, address: string) {
    super(network, clock, address);
    this.#topics = topics;
    this.name = name;
    this.advertised = address;
  }

  async start(): Promise<void> {
    await this.serve(
      (context) => this.#serve(context),
      (peerId) => this.#forget(peerId),
    );
  }

  override async stop(): Promise<void> {
    await super.stop();
    for (const { timer } of this.#held) timer.cancel();
    this.#held.clear();
    for (const timer of this.#delayed) timer.cancel();
  }

  /** What `group` committed in a queue. */
  committed(group: string, topic: string, queueId: number): number | undefined {
    return this.offsets.get(`${topic}@${group}@${queueId}`);
  }

  stored(topic: string, queueId: number): MessageRecordInput[] {
    const key = `${topic}@${queueId}`;
    const queue = this.queues.get(key) ?? [];
    this.queues.set(key, queue);
    return queue;
  }

  /** Every message of a topic, by queue. */
  storedBodies(topic: string): string[] {
    const queueIds = Array.from({ length: 16 }, (_, queueId) => queueId);
    return queueIds
      .flatMap((queueId) => this.stored(topic, queueId))
      .map((record) => new TextDecoder().decode(record.body));
  }

  /** Appends one message and wakes those who wait for it. */
  append(
    topic: string,
    queueId: number,
    message: Partial<MessageRecordInput> & { readonly body: Uint8Array },
  ): MessageRecordInput {
    if (!this.#topics.has(topic)) this.#topics.create(topic, 4);
    const queue = this.stored(topic, queueId);
    const host = { host: this.host, port: this.port };
    const record: MessageRecordInput = {
      queueId,
      flag: 0,
      queueOffset: queue.length,
      physicalOffset: this.#logOffset,
      sysFlag: 0,
      bornTimestamp: this.clock.nowMs(),
      bornHost: host,
      storeTimestamp: this.clock.nowMs(),
      storeHost: host,
      reconsumeTimes: 0,
      preparedTransactionOffset: 0,
      topic,
      properties: '',
      ...message,
    };
    this.#logOffset += 200 + record.body.length;
    queue.push(record);
    for (const held of [...this.#held]) if (held.key === `${topic}@${queueId}`) held.serve();
    return record;
  }

  #serve(context: RequestContext): RemotingCommand | undefined | Promise<RemotingCommand> {
    const { request } = context;
    switch (request.code) {
      case RequestCode.SEND_MESSAGE_V2:
      case RequestCode.SEND_BATCH_MESSAGE:
        return this.#send(request);
      case RequestCode.PULL_MESSAGE:
      case RequestCode.LITE_PULL_MESSAGE:
        return this.#pull(request);
      case RequestCode.HEART_BEAT:
        return this.#heartbeat(context);
      case RequestCode.UNREGISTER_CLIENT:
        return this.#unregister(request);
      case RequestCode.CONSUMER_SEND_MSG_BACK:
        return this.#sendBack(request);
      case RequestCode.GET_CONSUMER_LIST_BY_GROUP: {
        const { consumerGroup } = getConsumerListByGroup.request.decode(request.extFields);
        const members = this.groups.get(consumerGroup);
        if (members === undefined || members.size === 0) {
          return createResponse(request, ResponseCode.SYSTEM_ERROR, { remark: 'no consumer' });
        }
        const ids = [...members.values()].map((member) => member.clientId);
        return ok(request, {}, encodeConsumerIdList(ids));
      }
      default:
        return this.#offsetRequest(request);
    }
  }

  #offsetRequest(request: RemotingCommand): RemotingCommand {
    const { code, extFields } = request;
    const { topic = '', queueId = '0' } = extFields;
    if (code === RequestCode.UPDATE_CONSUMER_OFFSET) {
      const header = updateConsumerOffset.request.decode(extFields);
      this.offsets.set(`${topic}@${header.consumerGroup}@${queueId}`, header.commitOffset);
      return ok(request);
    }
    if (code === RequestCode.QUERY_CONSUMER_OFFSET) {
      const { consumerGroup } = queryConsumerOffset.request.decode(extFields);
      const offset = this.committed(consumerGroup, topic, Number(queueId));
      if (offset !== undefined) return ok(request, { offset: String(offset) });
      return createResponse(request, ResponseCode.QUERY_NOT_FOUND);
    }
    const queue = this.stored(topic, Number(queueId));
    if (code === RequestCode.GET_MAX_OFFSET) return ok(request, { offset: String(queue.length) });
    if (code === RequestCode.GET_MIN_OFFSET) return ok(request, { offset: '0' });
    if (code === RequestCode.SEARCH_OFFSET_BY_TIMESTAMP) {
      const { timestamp } = searchOffsetByTimestamp.request.decode(extFields);
      const found = queue.findIndex((record) => record.storeTimestamp >= timestamp);
      return ok(request, { offset: String(found < 0 ? queue.length : found) });
    }
    return createResponse(request, ResponseCode.REQUEST_CODE_NOT_SUPPORTED);
  }

  #send(request: RemotingCommand): RemotingCommand {
    const header = decodeSendMessageHeader(request);
    if (!this.#topics.has(header.topic)) this.#topics.create(header.topic, 4);
    const body = request.body ?? new Uint8Array(0);
    const items = header.batch
      ? decodeMessageBatch(body)
      : [{ body, flag: header.flag, properties: header.properties ?? '' }];
    const records = items.map((item) => {
      const { flag, properties } = item;
      const rest = { flag, properties, sysFlag: header.sysFlag, body: item.body.slice() };
      const times = { reconsumeTimes: header.reconsumeTimes ?? 0 };
      return this.append(header.topic, header.queueId, { ...rest, ...times });
    });
    const ids = records.map((record) =>
      formatOffsetMessageId(record.storeHost, record.physicalOffset),
    );
    return ok(request, {
      msgId: ids.join(','),
      queueId: String(header.queueId),
      queueOffset: String(records[0]?.queueOffset ?? 0),
    });
  }

  #pull(request: RemotingCommand): RemotingCommand | Promise<RemotingCommand> {
    const header = pullMessage.request.decode(request.extFields);
    const { consumerGroup, topic, queueId, sysFlag } = header;
    if ((sysFlag & PullSysFlag.COMMIT_OFFSET) !== 0) {
      this.offsets.set(`${topic}@${consumerGroup}@${queueId}`, header.commitOffset);
    }
    const first = this.#answerPull(request, header);
    const mayHold = first.code === ResponseCode.PULL_NOT_FOUND;
    if (!mayHold || (sysFlag & PullSysFlag.SUSPEND) === 0) return first;
    return new Promise((resolve) => {
      const held: HeldPull = {
        key: `${topic}@${queueId}`,
        serve: () => {
          held.timer.cancel();
          this.#held.delete(held);
          resolve(this.#answerPull(request, header));
        },
        timer: this.clock.after(header.suspendTimeoutMillis, () => held.serve()),
      };
      this.#held.add(held);
    });
  }

  #answerPull(
    request: RemotingCommand,
    header: ReturnType<typeof pullMessage.request.decode>,
  ): RemotingCommand {
    const { consumerGroup, topic, queueId, queueOffset } = header;
    const queue = this.stored(topic, queueId);
    const subscription =
      (header.sysFlag & PullSysFlag.SUBSCRIPTION) === 0
        ? this.#subscription(consumerGroup, topic)
        : newSubscriptionData(topic, header.subscription);
    if (subscription === undefined) {
      return createResponse(request, ResponseCode.SUBSCRIPTION_NOT_EXIST);
    }
    const answer = (code: number, next: number, body?: Uint8Array): RemotingCommand =>
      createResponse(request, code, {
        body,
        extFields: {
          suggestWhichBrokerId: '0',
          nextBeginOffset: String(next),
          minOffset: '0',
          maxOffset: String(queue.length),
        },
      });
    if (queueOffset > queue.length) return answer(ResponseCode.PULL_OFFSET_MOVED, queue.length);
    const taken = queue.slice(queueOffset, queueOffset + header.maxMsgNums);
    if (taken.length === 0) return answer(ResponseCode.PULL_NOT_FOUND, queueOffset);
    const matching = taken.filter((record) => hashMatches(record, subscription));
    const next = queueOffset + taken.length;
    if (matching.length === 0) return answer(ResponseCode.PULL_RETRY_IMMEDIATELY, next);
    return answer(ResponseCode.SUCCESS, next, concat(matching.map(encodeMessageRecord)));
  }

  #subscription(group: string, topic: string): SubscriptionData | undefined {
    for (const member of this.groups.get(group)?.values() ?? []) {
      const found = member.subscriptions.find((subscription) => subscription.topic === topic);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #heartbeat({ request, connection }: RequestContext): RemotingCommand {
    const data = decodeHeartbeatData(request.body);
    for (const consumer of data.consumerDataSet) {
      const members = this.groups.get(consumer.groupName) ?? new Map<string, Member>();
      this.groups.set(consumer.groupName, members);
      const retryTopic = `%RETRY%${consumer.groupName}`;
      if (!this.#topics.has(retryTopic)) this.#topics.create(retryTopic, 1);
      const isNew = !members.has(data.clientID);
      members.set(data.clientID, {
        clientId: data.clientID,
        peer: connection,
        subscriptions: consumer.subscriptionDataSet,
      });
      if (isNew) this.#notify(consumer.groupName);
    }
    return ok(request);
  }

  #unregister(request: RemotingCommand): RemotingCommand {
    const { clientID, consumerGroup } = unregisterClient.request.decode(request.extFields);
    if (consumerGroup !== undefined && this.groups.get(consumerGroup)?.delete(clientID)) {
      this.#notify(consumerGroup);
    }
    return ok(request);
  }

  #forget(peerId: number): void {
    for (const [group, members] of this.groups) {
      for (const [id, member] of members) {
        if (member.peer.id !== peerId) continue;
        members.delete(id);
        this.#notify(group);
      }
    }
  }

  #notify(consumerGroup: string): void {
    for (const member of this.groups.get(consumerGroup)?.values() ?? []) {
      const header = notifyConsumerIdsChanged.request.encode({ consumerGroup });
      const notice = createRequest(notifyConsumerIdsChanged.code, header);
      notice.flag |= FLAG_ONEWAY;
      member.peer.send(notice);
    }
  }

  #sendBack(request: RemotingCommand): RemotingCommand {
    const header = consumerSendMsgBack.request.decode(request.extFields);
    const origin = [...this.queues.values()]
      .flat()
      .find((record) => record.physicalOffset === header.offset);
    if (origin === undefined) return createResponse(request, ResponseCode.SYSTEM_ERROR);
    const dead = header.delayLevel < 0 || origin.reconsumeTimes >= (header.maxReconsumeTimes ?? 16);
    const properties = parseProperties(origin.properties).has('RETRY_TOPIC')
      ? origin.properties
      : `${origin.properties}RETRY_TOPIC\u0001${origin.topic}\u0002`;
    const { body, flag, sysFlag, reconsumeTimes } = origin;
    const again = { body, flag, sysFlag, properties, reconsumeTimes: reconsumeTimes + 1 };
    if (dead) this.append(`%DLQ%${header.group}`, 0, again);
    else {
      const deliver = (): void => void this.append(`%RETRY%${header.group}`, 0, again);
      this.#delayed.push(this.clock.after(RETRY_DELAY_MS, deliver));
    }
    return ok(request);
  }
}

/** Brokers compare hash codes only. */
function hashMatches(record: MessageRecordInput, subscription: SubscriptionData): boolean {
  if (subscription.codeSet.length === 0) return true;
  const tag = parseProperties(record.properties).get('TAGS');
  return tag !== undefined && subscription.codeSet.includes(javaHashCode(tag));
}

function ok(request: RemotingCommand, extFields: ExtFields = {}, body?: Uint8Array) {
  return createResponse(request, ResponseCode.SUCCESS, { extFields, body });
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
