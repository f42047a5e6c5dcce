// SPDX-License-Identifier: Apache-2.0
/**
 * A MessageStore in memory for tests of the broker: tables and messages are maps, ordinary sends
 * are served when their topic is in the table, every other frame comes back as cold. Nothing
 * waits, nothing is written.
 */

import { RequestCode } from '../../src/protocol/codes.ts';
import { sendMessage } from '../../src/protocol/commands/send-message.ts';
import { decodeSendMessageHeader } from '../../src/protocol/commands/send-message-v2.ts';
import { decodeFrame, encodeFrame, FrameCutter } from '../../src/protocol/frame.ts';
import { formatOffsetMessageId } from '../../src/protocol/message-id.ts';
import { MessageProperty, parseProperties } from '../../src/protocol/message-properties.ts';
import { decodeMessageRecord, encodeMessageRecord } from '../../src/protocol/message-record.ts';
import { createResponse, isResponse } from '../../src/protocol/remoting-command.ts';
import { javaHashCode } from '../../src/protocol/subscription.ts';
import {
  type BrokerIdentity,
  type BrokerState,
  ColdReason,
  Control,
  ControlFlag,
  GetMessageStatus,
  type GroupEntry,
  type MessageStore,
  type OffsetEntry,
  type PutMessage,
  PutMessageStatus,
  type PutResult,
  type ReadResult,
  type StoreStats,
  type SubscriptionEntry,
  type TopicEntry,
} from '../../src/store/message-store.ts';

const SLAB_BYTES = 1024 * 1024;

/** Messages with one of these never are hot. */
const specialProperties = [
  'DELAY',
  'TRAN_MSG',
  'TIMER_DELAY_SEC',
  'TIMER_DELAY_MS',
  'TIMER_DELIVER_MS',
  '_SYS_MSG_PRIORITY_',
];

interface StoredRecord {
  readonly bytes: Uint8Array;
  readonly tagsCode: number;
  readonly storeTimestampMs: number;
}

export class MemoryMessageStore implements MessageStore {
  readonly recovery = {
    cleanShutdown: true,
    recoveredBytes: 0,
    recoveredMessages: 0,
    truncatedBytes: 0,
    durationMs: 0,
  };
  readonly control = new Int32Array(Control.LENGTH);
  readonly coldFrames = new Uint8Array(SLAB_BYTES);
  output = new Uint8Array(SLAB_BYTES);
  slabsReplaced = 0;
  readonly recycled: Uint8Array[] = [];

  readonly topics = new Map<string, TopicEntry>();
  readonly groups = new Map<string, GroupEntry>();
  readonly subscriptions = new Map<string, SubscriptionEntry>();
  identity: BrokerIdentity | undefined;
  state: BrokerState | undefined;
  readonly closedSessions: number[] = [];
  readonly puts: PutMessage[] = [];
  readonly destroyed: string[] = [];
  /** Result of the next puts. */
  putStatus: PutMessageStatus = PutMessageStatus.PUT_OK;
  /** Hot sends come back as cold although their topic is known. */
  refusesHot = false;
  /** Reason of pulls that come back as cold. */
  pullReason: number = ColdReason.CHECKS;
  coldPullReply: Uint8Array | undefined;
  error = '';
  inMemory = true;
  failure = '';
  /** Ranges for other sessions that the next call leaves: session number and bytes. */
  readonly wakeUps: { session: number; bytes: Uint8Array }[] = [];
  indexed: number[] = [];
  lastIndexQuery: unknown[] = [];

  readonly #cutters = new Map<number, FrameCutter>();
  readonly #queues = new Map<string, StoredRecord[]>();
  readonly #log = new Map<number, Uint8Array>();
  readonly #offsets = new Map<string, OffsetEntry>();
  #offsetVersion = 0;
  #end = 0;
  #sessions = 0;
  #outputReady: () => void = () => {};

  setIdentity(identity: BrokerIdentity): void {
    this.identity = identity;
  }

  setBrokerState(state: BrokerState): void {
    this.state = state;
  }

  setTopic(entry: TopicEntry): void {
    this.topics.set(entry.topic, entry);
  }

  removeTopic(topic: string): void {
    this.topics.delete(topic);
  }

  destroyTopicQueues(topic: string): void {
    this.destroyed.push(topic);
  }

  setGroup(entry: GroupEntry): void {
    this.groups.set(entry.group, entry);
  }

  removeGroup(group: string): void {
    this.groups.delete(group);
  }

  setSubscription(entry: SubscriptionEntry): void {
    this.subscriptions.set(`${entry.topic}@${entry.group}`, entry);
  }

  removeSubscription(group: string, topic: string): void {
    this.subscriptions.delete(`${topic}@${group}`);
  }

  replaceOutput(): void {
    this.slabsReplaced += 1;
    this.output = new Uint8Array(SLAB_BYTES);
  }

  recycleOutput(slab: Uint8Array): void {
    this.recycled.push(slab);
  }

  openSession(): number {
    this.#sessions += 1;
    this.#cutters.set(this.#sessions, new FrameCutter());
    return this.#sessions;
  }

  closeSession(session: number): void {
    this.closedSessions.push(session);
    this.#cutters.delete(session);
  }

  ingest(session: number, chunk: Uint8Array, offset: number, length: number, nowMs: number): void {
    this.#reset();
    this.control[Control.CONSUMED] = length;
    try {
      const cutter = this.#cutters.get(session) ?? new FrameCutter();
      for (const frame of cutter.push(chunk.subarray(offset, offset + length))) {
        this.#serveOne(frame, nowMs);
      }
    } catch (error) {
      this.error = error instanceof Error ? error.message : String(error);
      this.control[Control.FLAGS] = ControlFlag.PROTOCOL_ERROR;
    }
    this.#leaveWakeUps();
  }

  serve(_session: number, frame: Uint8Array, nowMs: number): void {
    this.#reset();
    this.#serveOne(frame, nowMs);
  }

  drain(): void {
    this.#reset();
    this.#leaveWakeUps();
  }

  tick(): void {
    this.drain();
  }

  onOutputReady(listener: () => void): void {
    this.#outputReady = listener;
  }

  /** Bytes for a session, as a flush group or a wake-up leaves them. */
  wakeUp(session: number, bytes: Uint8Array): void {
    this.wakeUps.push({ session, bytes });
    this.#outputReady();
  }

  lastError(): string {
    return this.error;
  }

  async put(message: PutMessage, nowMs: number): Promise<PutResult> {
    this.puts.push(message);
    if (this.putStatus !== PutMessageStatus.PUT_OK) {
      return { status: this.putStatus, physicalOffset: 0, queueOffset: 0, offsetMsgId: '' };
    }
    return this.append(message, nowMs);
  }

  append(message: PutMessage, nowMs: number): PutResult {
    const storeHost = {
      host: this.identity?.storeHost ?? '127.0.0.1',
      port: this.identity?.storePort ?? 10911,
    };
    const queue = this.#queue(message.topic, message.queueId);
    const properties = new TextDecoder().decode(message.properties);
    const physicalOffset = this.#end;
    const bytes = encodeMessageRecord({
      queueId: message.queueId,
      flag: message.flag,
      queueOffset: queue.length,
      physicalOffset,
      sysFlag: message.sysFlag,
      bornTimestamp: message.bornTimestampMs,
      bornHost: { host: message.bornHost, port: message.bornPort },
      storeTimestamp: nowMs,
      storeHost,
      reconsumeTimes: message.reconsumeTimes,
      preparedTransactionOffset: message.preparedTransactionOffset,
      body: message.body,
      topic: message.topic,
      properties,
    });
    const tag = parseProperties(properties).get(MessageProperty.TAGS) ?? '';
    queue.push({ bytes, tagsCode: javaHashCode(tag), storeTimestampMs: nowMs });
    this.#log.set(physicalOffset, bytes);
    this.#end += bytes.length;
    return {
      status: PutMessageStatus.PUT_OK,
      physicalOffset,
      queueOffset: queue.length - 1,
      offsetMsgId: formatOffsetMessageId(storeHost, physicalOffset),
    };
  }

  read(
    topic: string,
    queueId: number,
    offset: number,
    maxMessages: number,
    codes: Int32Array,
  ): ReadResult {
    const queue = this.#queue(topic, queueId);
    const bounds = { minOffset: 0, maxOffset: queue.length };
    const none = (status: GetMessageStatus, nextBeginOffset: number): ReadResult => ({
      ...bounds,
      status,
      nextBeginOffset,
      records: new Uint8Array(0),
      messageCount: 0,
    });
    if (queue.length === 0) return none(GetMessageStatus.NO_MESSAGE_IN_QUEUE, 0);
    if (offset < 0) return none(GetMessageStatus.OFFSET_TOO_SMALL, 0);
    if (offset === queue.length) return none(GetMessageStatus.OFFSET_OVERFLOW_ONE, offset);
    if (offset > queue.length) return none(GetMessageStatus.OFFSET_OVERFLOW_BADLY, queue.length);
    const looked = queue.slice(offset, offset + maxMessages);
    const found = looked.filter(({ tagsCode }) => codes.length === 0 || codes.includes(tagsCode));
    const nextBeginOffset = offset + looked.length;
    if (found.length === 0) return none(GetMessageStatus.NO_MATCHED_MESSAGE, nextBeginOffset);
    return {
      ...bounds,
      status: GetMessageStatus.FOUND,
      nextBeginOffset,
      records: new Uint8Array(Buffer.concat(found.map(({ bytes }) => bytes))),
      messageCount: found.length,
    };
  }

  serveColdPull(): Uint8Array | undefined {
    return this.coldPullReply;
  }

  lookMessage(physicalOffset: number): Uint8Array | undefined {
    return this.#log.get(physicalOffset);
  }

  minOffset(): number {
    return 0;
  }

  maxOffset(topic: string, queueId: number): number {
    return this.#queue(topic, queueId).length;
  }

  isInMemory(topic: string, queueId: number, offset: number): boolean {
    return this.inMemory && offset < this.#queue(topic, queueId).length;
  }

  offsetByTime(topic: string, queueId: number, timestampMs: number, upper: boolean): number {
    const queue = this.#queue(topic, queueId);
    const first = queue.findIndex(({ storeTimestampMs }) =>
      upper ? storeTimestampMs > timestampMs : storeTimestampMs >= timestampMs,
    );
    const lower = first < 0 ? queue.length : first;
    return upper ? Math.max(0, lower - 1) : lower;
  }

  storeTimestamp(topic: string, queueId: number, offset: number): number {
    return this.#queue(topic, queueId)[offset]?.storeTimestampMs ?? -1;
  }

  queryIndex(topic: string, key: string, maxCount: number, beginMs: number, endMs: number) {
    this.lastIndexQuery = [topic, key, maxCount, beginMs, endMs];
    const offsets = Float64Array.from(this.indexed.slice(0, maxCount));
    return { offsets, lastUpdateMs: 7, lastOffset: 9 };
  }

  queryOffset(group: string, topic: string, queueId: number): number {
    return this.#offsets.get(`${group}@${topic}@${queueId}`)?.offset ?? -1;
  }

  commitOffset(group: string, topic: string, queueId: number, offset: number): void {
    this.#offsets.set(`${group}@${topic}@${queueId}`, { group, topic, queueId, offset });
    this.#offsetVersion += 1;
  }

  removeOffsets(group: string, topic: string): void {
    for (const [key, entry] of this.#offsets) {
      const isMeant =
        (group === '' || entry.group === group) && (topic === '' || entry.topic === topic);
      if (isMeant) this.#offsets.delete(key);
    }
    this.#offsetVersion += 1;
  }

  exportOffsets(): OffsetEntry[] {
    return [...this.#offsets.values()];
  }

  offsetVersion(): number {
    return this.#offsetVersion;
  }

  stats(): StoreStats {
    return {
      minPhysicalOffset: 0,
      maxPhysicalOffset: this.#end,
      durablePhysicalOffset: this.#end,
      dispatchBehindBytes: 0,
      messagesPut: this.#log.size,
      bytesPut: this.#end,
      messagesRead: 0,
      bytesRead: 0,
      commitLogSyncs: 0,
      suspendedPulls: 0,
      sessions: this.#cutters.size,
      failure: this.failure,
    };
  }

  async flush(): Promise<void> {}

  async close(): Promise<void> {}

  /** What a queue holds, decoded. */
  messages(topic: string, queueId: number) {
    return this.#queue(topic, queueId).map(({ bytes }) => decodeMessageRecord(bytes));
  }

  #queue(topic: string, queueId: number): StoredRecord[] {
    const key = `${topic}@${queueId}`;
    const queue = this.#queues.get(key) ?? [];
    this.#queues.set(key, queue);
    return queue;
  }

  #reset(): void {
    this.control.fill(0, 0, Control.COLD_BASE);
  }

  #serveOne(frame: Uint8Array, nowMs: number): void {
    const request = decodeFrame(frame);
    const isPull =
      request.code === RequestCode.PULL_MESSAGE || request.code === RequestCode.LITE_PULL_MESSAGE;
    const isSend =
      request.code === RequestCode.SEND_MESSAGE || request.code === RequestCode.SEND_MESSAGE_V2;
    if (isSend && !isResponse(request) && this.#serveSend(frame, nowMs)) return;
    let reason: number = ColdReason.NOT_HOT;
    if (isPull) reason = this.pullReason;
    if (isSend || request.code === RequestCode.SEND_BATCH_MESSAGE) reason = ColdReason.CHECKS;
    this.#leaveCold(frame, reason);
  }

  #serveSend(frame: Uint8Array, nowMs: number): boolean {
    const request = decodeFrame(frame);
    const header = decodeSendMessageHeader(request);
    const topic = this.topics.get(header.topic);
    const properties = parseProperties(header.properties ?? '');
    const isOrdinary =
      topic?.hotSend === true &&
      this.state?.writable !== false &&
      header.queueId < topic.writeQueueNums &&
      !specialProperties.some((name) => properties.has(name));
    if (!isOrdinary || this.refusesHot || header.batch === true) return false;
    const { queueOffset, offsetMsgId } = this.append(
      {
        topic: header.topic,
        queueId: Math.max(0, header.queueId),
        body: request.body ?? new Uint8Array(0),
        properties: new TextEncoder().encode(header.properties ?? ''),
        flag: header.flag,
        sysFlag: header.sysFlag,
        bornTimestampMs: header.bornTimestamp,
        bornHost: '127.0.0.1',
        bornPort: 1,
        reconsumeTimes: header.reconsumeTimes ?? 0,
        preparedTransactionOffset: 0,
      },
      nowMs,
    );
    const extFields = sendMessage.response.encode({
      msgId: offsetMsgId,
      queueId: Math.max(0, header.queueId),
      queueOffset,
    });
    this.#leaveReply(encodeFrame(createResponse(request, 0, { extFields })));
    return true;
  }

  #leaveReply(bytes: Uint8Array): void {
    const at = this.control[Control.REPLY_END] ?? 0;
    this.output.set(bytes, at);
    this.control[Control.REPLY_END] = at + bytes.length;
  }

  #leaveCold(frame: Uint8Array, reason: number): void {
    const count = this.control[Control.COLD_COUNT] ?? 0;
    const start = count === 0 ? 0 : (this.control[Control.COLD_BASE + count * 3 - 2] ?? 0);
    this.coldFrames.set(frame, start);
    this.control.set([start, start + frame.length, reason], Control.COLD_BASE + count * 3);
    this.control[Control.COLD_COUNT] = count + 1;
  }

  #leaveWakeUps(): void {
    let at = this.control[Control.REPLY_END] ?? 0;
    for (const { session, bytes } of this.wakeUps.splice(0)) {
      const count = this.control[Control.OTHER_COUNT] ?? 0;
      this.output.set(bytes, at);
      this.control.set([session, at, at + bytes.length], Control.OTHER_BASE + count * 3);
      this.control[Control.OTHER_COUNT] = count + 1;
      at += bytes.length;
    }
  }
}
