// SPDX-License-Identifier: Apache-2.0
/**
 * The message store over the native addon: owns the buffers that results go to, turns arguments
 * into what native code takes, keeps the promises of puts. Thread: I/O thread; other threads read
 * through `ReadPool`.
 */
import { type Clock, SystemClock } from '../core/clock.ts';
import { ApogeeError, type ErrorCode, errorCatalogue, errorText } from '../core/errors.ts';
import { ipBytes } from '../protocol/ip-address.ts';
import { formatOffsetMessageId } from '../protocol/message-id.ts';
import {
  type BrokerIdentity,
  type BrokerState,
  Control,
  type GroupEntry,
  type MessageStore,
  type OffsetEntry,
  type PutMessage,
  PutMessageStatus,
  type PutResult,
  type ReadResult,
  type RecoveryReport,
  type StoreOptions,
  type StoreStats,
  type SubscriptionEntry,
  type TopicEntry,
} from './message-store.ts';
import { loadNativeAddon, type NativeStoreHandle, PutFate } from './native-addon.ts';
import { type IndexQuery, indexQuery, readResult } from './native-results.ts';

/** Largest frame, so that any frame fits the cold buffer. Untouched pages cost nothing. */
const COLD_BYTES = 16 * 1024 * 1024;
/** Room for one answer of the largest size and as much again for others. */
const MIN_OUTPUT_BYTES = 8 * 1024 * 1024;
/** A record is at most this much larger than its body; answers add less than that again. */
const RECORD_OVERHEAD_BYTES = 256 * 1024;
/** After a call with more cold bytes than this the buffer is given back to the machine. */
const KEPT_COLD_BYTES = 1024 * 1024;
/** Slabs kept for the next `replaceOutput`. */
const MAX_FREE_SLABS = 4;

/**
 * Opens or creates the store of `options.storePathRootDir`.
 * Errors: NATIVE_MISSING, STORE_LOCKED, STORE_PATH, STORE_FORMAT, STORE_FAILED.
 */
export async function openNativeStore(
  options: StoreOptions,
  clock: Clock = new SystemClock(),
): Promise<NativeStore> {
  const addon = loadNativeAddon();
  const startMs = clock.monotonicMs();
  try {
    const native = await addon.openStore(options);
    return new NativeStore(native, options, clock.monotonicMs() - startMs);
  } catch (error) {
    throw storeError(error);
  }
}

/** The catalogue's error for one that native code made. */
function storeError(error: unknown): unknown {
  const code = (error as { code?: unknown }).code;
  if (typeof code !== 'string' || !Object.hasOwn(errorCatalogue, code)) return error;
  return new ApogeeError(code as ErrorCode, errorText(error), { cause: error });
}

interface PendingPut {
  readonly result: PutResult;
  readonly resolve: (result: PutResult) => void;
}

const NO_ADDRESS = { host: '0.0.0.0', port: 0 };

export class NativeStore implements MessageStore {
  readonly recovery: RecoveryReport;
  readonly control = new Int32Array(Control.LENGTH);
  readonly #native: NativeStoreHandle;
  readonly #outputBytes: number;
  readonly #freeSlabs: Uint8Array[] = [];
  readonly #facts = new Float64Array(8);
  readonly #pendingPuts = new Map<number, PendingPut>();
  #coldFrames = new Uint8Array(COLD_BYTES);
  #coldIsLarge = false;
  #output: Uint8Array;
  #storeHost = NO_ADDRESS;
  #listener: (() => void) | undefined;
  #wakeScheduled = false;
  #flushScheduled = false;
  #flushUnderWay = false;
  #flushWanted = false;
  #lastNowMs: number;
  #closed: Promise<void> | undefined;

  constructor(native: NativeStoreHandle, options: StoreOptions, openMs: number) {
    this.#native = native;
    this.#lastNowMs = options.nowMs;
    this.#outputBytes = Math.max(
      MIN_OUTPUT_BYTES,
      2 * (options.maxMessageSize + RECORD_OVERHEAD_BYTES),
      2 * (options.maxTransferBytesOnMessageInMemory + RECORD_OVERHEAD_BYTES),
    );
    this.#output = this.#attach(new Uint8Array(this.#outputBytes));
    const [clean = 0, bytes = 0, messages = 0, truncated = 0] = native.recovery();
    this.recovery = {
      cleanShutdown: clean === 1,
      recoveredBytes: bytes,
      recoveredMessages: messages,
      truncatedBytes: truncated,
      durationMs: openMs,
    };
    native.setOutputListener(() => this.#flushed());
  }

  /** Number by which a read pool finds this store. */
  get handle(): number {
    return this.#open.handle();
  }

  // ---- compiled tables -----------------------------------------------------------------------
  setIdentity(identity: BrokerIdentity): void {
    this.#storeHost = { host: identity.storeHost, port: identity.storePort };
    this.#open.setIdentity(
      identity.clusterName,
      identity.regionId,
      identity.traceOn,
      ipBytes(identity.storeHost),
      identity.storePort,
      identity.uniqKeyPrefix,
    );
  }

  setBrokerState(state: BrokerState): void {
    this.#open.setBrokerState(
      state.writable,
      state.readable,
      state.litePullMessageEnable,
      state.longPollingEnable,
      state.shortPollingTimeMills,
      state.slaveReadEnable,
      state.pullExecution,
    );
  }

  setTopic(entry: TopicEntry): void {
    this.#open.setTopic(
      entry.topic,
      entry.readQueueNums,
      entry.writeQueueNums,
      entry.perm,
      entry.topicSysFlag,
      entry.multiTag,
      entry.hotSend,
    );
  }

  removeTopic(topic: string): void {
    this.#open.removeTopic(topic);
  }

  destroyTopicQueues(topic: string): void {
    this.#open.destroyTopicQueues(topic);
  }

  setGroup(entry: GroupEntry): void {
    this.#open.setGroup(entry.group, entry.consumeEnable, entry.groupSysFlag, entry.hotPull);
  }

  removeGroup(group: string): void {
    this.#open.removeGroup(group);
  }

  setSubscription({ group, topic, subVersion, codes }: SubscriptionEntry): void {
    this.#open.setSubscription(group, topic, subVersion, codes);
  }

  removeSubscription(group: string, topic: string): void {
    this.#open.removeSubscription(group, topic);
  }

  // ---- data path -----------------------------------------------------------------------------
  get output(): Uint8Array {
    return this.#output;
  }

  get coldFrames(): Uint8Array {
    return this.#coldFrames;
  }

  replaceOutput(): void {
    this.#output = this.#attach(this.#freeSlabs.pop() ?? new Uint8Array(this.#outputBytes));
  }

  recycleOutput(slab: Uint8Array): void {
    const fits = slab.length === this.#outputBytes && slab !== this.#output;
    if (!fits || this.#freeSlabs.includes(slab)) return;
    if (this.#freeSlabs.length < MAX_FREE_SLABS) this.#freeSlabs.push(slab);
  }

  openSession(remoteHost: string, remotePort: number): number {
    return this.#open.openSession(ipBytes(remoteHost), remotePort);
  }

  closeSession(session: number): void {
    this.#native.closeSession(session);
  }

  ingest(session: number, chunk: Uint8Array, offset: number, length: number, nowMs: number): void {
    this.#lastNowMs = nowMs;
    this.#open.ingest(session, chunk, offset, length, nowMs);
    const { control } = this;
    if (control[Control.FLUSH_WANTED] !== 0) this.#flushAtEndOfTurn();
    const cold = control[Control.COLD_COUNT] ?? 0;
    const coldEnd = cold === 0 ? 0 : (control[Control.COLD_BASE + 3 * cold - 2] ?? 0);
    if (coldEnd > KEPT_COLD_BYTES) this.#coldIsLarge = true;
  }

  serve(session: number, frame: Uint8Array, nowMs: number): void {
    this.#lastNowMs = nowMs;
    this.#open.serve(session, frame, nowMs);
    if (this.control[Control.FLUSH_WANTED] !== 0) this.#flushAtEndOfTurn();
  }

  drain(nowMs: number): void {
    this.#lastNowMs = nowMs;
    this.#open.drain(nowMs);
    this.#completePuts();
  }

  tick(nowMs: number): void {
    this.#lastNowMs = nowMs;
    if (this.#coldIsLarge) this.#replaceColdFrames();
    this.#open.tick(nowMs);
    this.#completePuts();
    this.#flushUnderWay = false;
    this.#flushWhatCameMeanwhile();
  }

  onOutputReady(listener: () => void): void {
    this.#listener = listener;
  }

  lastError(): string {
    return this.#native.lastError();
  }

  // ---- primitives for cold processors --------------------------------------------------------
  async put(message: PutMessage, nowMs: number): Promise<PutResult> {
    this.#lastNowMs = nowMs;
    const facts = this.#facts;
    const ticket = this.#open.put(
      message.topic,
      message.queueId,
      message.body,
      message.properties,
      message.flag,
      message.sysFlag,
      message.bornTimestampMs,
      ipBytes(message.bornHost),
      message.bornPort,
      message.reconsumeTimes,
      message.preparedTransactionOffset,
      nowMs,
      facts,
    );
    const result = this.#putResult((facts[0] ?? 0) as PutMessageStatus);
    if (this.#native.hasOutput()) this.#scheduleWake();
    if (ticket === 0) return result;
    this.#flushAtEndOfTurn();
    if (this.#pendingPuts.size === 0) this.#native.holdProcess(true);
    return new Promise((resolve) => this.#pendingPuts.set(ticket, { result, resolve }));
  }

  read(
    topic: string,
    queueId: number,
    offset: number,
    maxMessages: number,
    codes: Int32Array,
  ): ReadResult {
    const facts = this.#facts;
    return readResult(this.#open.read(topic, queueId, offset, maxMessages, codes, facts), facts);
  }

  serveColdPull(frame: Uint8Array): Uint8Array | undefined {
    return this.#open.serveColdPull(frame);
  }

  lookMessage(physicalOffset: number): Uint8Array | undefined {
    return this.#open.lookMessage(physicalOffset);
  }

  minOffset(topic: string, queueId: number): number {
    return this.#open.minOffset(topic, queueId);
  }

  maxOffset(topic: string, queueId: number): number {
    return this.#open.maxOffset(topic, queueId);
  }

  isInMemory(topic: string, queueId: number, offset: number): boolean {
    return this.#open.isInMemory(topic, queueId, offset);
  }

  offsetByTime(topic: string, queueId: number, timestampMs: number, upper: boolean): number {
    return this.#open.offsetByTime(topic, queueId, timestampMs, upper);
  }

  storeTimestamp(topic: string, queueId: number, offset: number): number {
    return this.#open.storeTimestamp(topic, queueId, offset);
  }

  queryIndex(
    topic: string,
    key: string,
    maxCount: number,
    beginMs: number,
    endMs: number,
  ): IndexQuery {
    return indexQuery(this.#open.queryIndex(topic, key, maxCount, beginMs, endMs));
  }

  // ---- consumer offsets ----------------------------------------------------------------------
  queryOffset(group: string, topic: string, queueId: number): number {
    return this.#open.queryOffset(group, topic, queueId);
  }

  commitOffset(group: string, topic: string, queueId: number, offset: number): void {
    this.#open.commitOffset(group, topic, queueId, offset);
  }

  removeOffsets(group: string, topic: string): void {
    this.#open.removeOffsets(group, topic);
  }

  exportOffsets(): OffsetEntry[] {
    const flat = this.#open.exportOffsets();
    return Array.from({ length: flat.length / 4 }, (_, index) => ({
      group: String(flat[index * 4]),
      topic: String(flat[index * 4 + 1]),
      queueId: Number(flat[index * 4 + 2]),
      offset: Number(flat[index * 4 + 3]),
    }));
  }

  offsetVersion(): number {
    return this.#open.offsetVersion();
  }

  // ---- life ----------------------------------------------------------------------------------
  stats(): StoreStats {
    const numbers = this.#open.stats();
    return {
      minPhysicalOffset: numbers[0] ?? 0,
      maxPhysicalOffset: numbers[1] ?? 0,
      durablePhysicalOffset: numbers[2] ?? 0,
      dispatchBehindBytes: numbers[3] ?? 0,
      messagesPut: numbers[4] ?? 0,
      bytesPut: numbers[5] ?? 0,
      messagesRead: numbers[6] ?? 0,
      bytesRead: numbers[7] ?? 0,
      commitLogSyncs: numbers[8] ?? 0,
      suspendedPulls: numbers[9] ?? 0,
      sessions: numbers[10] ?? 0,
      failure: this.#native.failure(),
    };
  }

  async flush(): Promise<void> {
    try {
      await this.#open.flush();
    } catch (error) {
      throw storeError(error);
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    try {
      await this.#native.close();
    } catch (error) {
      this.#settleAll(PutMessageStatus.STORE_FAILED);
      throw storeError(error);
    }
    this.#settleAll(PutMessageStatus.PUT_OK);
  }

  /** Errors: STORE_CLOSED. */
  get #open(): NativeStoreHandle {
    if (this.#closed === undefined) return this.#native;
    throw new ApogeeError('STORE_CLOSED', 'the message store is closed');
  }

  #attach(output: Uint8Array): Uint8Array {
    if (!this.#native.attach(this.control, this.#coldFrames, output)) {
      throw new ApogeeError('STORE_FAILED', 'the buffers of the data path are too small');
    }
    return output;
  }

  /** Memory of large frames is not kept for the next one. */
  #replaceColdFrames(): void {
    this.#coldIsLarge = false;
    this.#coldFrames = new Uint8Array(COLD_BYTES);
    this.#attach(this.#output);
  }

  #putResult(status: PutMessageStatus): PutResult {
    const [, physicalOffset = 0, queueOffset = 0] = this.#facts;
    const offsetMsgId = formatOffsetMessageId(this.#storeHost, physicalOffset);
    return { status, physicalOffset, queueOffset, offsetMsgId };
  }

  /** Something waits for `drain`; without anybody to write it, only puts are completed. */
  #outputReady(): void {
    if (this.#closed !== undefined) return;
    if (this.#listener !== undefined) this.#listener();
    else this.drain(this.#lastNowMs);
  }

  /** A put woke pulls: their answers go out as soon as the current call stack is done. */
  #scheduleWake(): void {
    if (this.#wakeScheduled) return;
    this.#wakeScheduled = true;
    queueMicrotask(() => {
      this.#wakeScheduled = false;
      this.#outputReady();
    });
  }

  /** A flush made something durable, or failed. */
  #flushed(): void {
    this.#flushUnderWay = false;
    this.#outputReady();
    this.#flushWhatCameMeanwhile();
  }

  #flushWhatCameMeanwhile(): void {
    if (!this.#flushWanted) return;
    this.#flushWanted = false;
    this.#flushAtEndOfTurn();
  }

  /**
   * Group commit without timers: all connections that are ready in a turn of the loop share one
   * flush, and the next one starts when the answers of this one are on their way.
   */
  #flushAtEndOfTurn(): void {
    this.#flushWanted ||= this.#flushUnderWay;
    if (this.#flushScheduled || this.#flushUnderWay) return;
    this.#flushScheduled = true;
    setImmediate(() => {
      this.#flushScheduled = false;
      this.#flushUnderWay = this.#native.requestFlush();
    });
  }

  #completePuts(): void {
    if (this.#pendingPuts.size === 0) return;
    const completed = this.#native.takeCompletedPuts();
    for (let at = 0; at < completed.length; at += 2) {
      this.#settle(completed[at] ?? 0, statusOfFate[completed[at + 1] ?? PutFate.FAILED]);
    }
    if (this.#pendingPuts.size === 0) this.#native.holdProcess(false);
  }

  #settleAll(status: PutMessageStatus): void {
    for (const ticket of [...this.#pendingPuts.keys()]) this.#settle(ticket, status);
  }

  #settle(ticket: number, status: PutMessageStatus = PutMessageStatus.STORE_FAILED): void {
    const pending = this.#pendingPuts.get(ticket);
    this.#pendingPuts.delete(ticket);
    pending?.resolve({ ...pending.result, status });
  }
}

/** Index = PutFate. */
const statusOfFate: readonly PutMessageStatus[] = [
  PutMessageStatus.PUT_OK,
  PutMessageStatus.FLUSH_DISK_TIMEOUT,
  PutMessageStatus.STORE_FAILED,
];
