// SPDX-License-Identifier: Apache-2.0
/**
 * The message store as the broker sees it: compiled tables go in, chunks of bytes go in, replies
 * come out. `native-store.ts` implements it over the addon. One appender thread (the I/O thread);
 * only the methods marked "any thread" may be called from the read pool.
 *
 * Data path (DESIGN §3): `ingest` cuts every frame of a chunk, serves the hot ones and leaves the
 * others, in order, as ranges of `coldFrames`. Nothing here allocates per message.
 */

/** Where `ingest`, `serve`, `drain` and `tick` leave their results: a shared Int32Array. */
export const Control = {
  /** Bytes of the chunk consumed. Less than its length: write out and call again with the rest. */
  CONSUMED: 0,
  /** Replies for the session given are `output[0, value)`. */
  REPLY_END: 1,
  COLD_COUNT: 2,
  /** Ranges of `output` that belong to other sessions (wake-ups, released flush groups). */
  OTHER_COUNT: 3,
  /** Bits of `ControlFlag`. */
  FLAGS: 4,
  /** 1: answers of this call wait for the disk. Private to the store. */
  FLUSH_WANTED: 5,
  /** COLD_COUNT triples: start, end (in `coldFrames`), `ColdReason`. */
  COLD_BASE: 16,
  /** OTHER_COUNT triples: session, start, end (in `output`). */
  OTHER_BASE: 16 + 3 * 512,
  LENGTH: 16 + 3 * 512 + 3 * 1024,
} as const;

export const MAX_COLD_FRAMES_PER_CALL = 512;
export const MAX_OTHER_RANGES_PER_CALL = 1024;

export const ControlFlag = {
  /** The bytes are not remoting frames: close this connection, log `lastError()`. */
  PROTOCOL_ERROR: 1,
  /** More replies for other sessions wait: call `drain` after writing these. */
  MORE_OUTPUT: 2,
  /** The log refused an append; `lastError()` says why. Affected requests were answered. */
  STORE_FAILED: 4,
} as const;

/** Why a frame was not served natively. */
export const ColdReason = {
  /** Not a hot request code, or a response to a request of ours. */
  NOT_HOT: 0,
  /** A hot code whose conditions are not all met; the processor finds and names the cause. */
  CHECKS: 1,
  /** A pull whose data would touch the disk: give it to the read pool. */
  COLD_READ: 2,
} as const;

export const FlushDiskType = { ASYNC_FLUSH: 'ASYNC_FLUSH', SYNC_FLUSH: 'SYNC_FLUSH' } as const;
export type FlushDiskType = (typeof FlushDiskType)[keyof typeof FlushDiskType];

/** Keys keep the names and units of MessageStoreConfig. */
export interface StoreOptions {
  readonly storePathRootDir: string;
  readonly storePathCommitLog: string;
  readonly mappedFileSizeCommitLog: number;
  readonly mappedFileSizeConsumeQueue: number;
  readonly maxHashSlotNum: number;
  readonly maxIndexNum: number;
  readonly messageIndexEnable: boolean;
  readonly flushDiskType: FlushDiskType;
  /** ms between asynchronous flushes of the commit log. */
  readonly flushIntervalCommitLog: number;
  readonly flushCommitLogLeastPages: number;
  readonly flushCommitLogThoroughInterval: number;
  readonly flushIntervalConsumeQueue: number;
  readonly flushConsumeQueueLeastPages: number;
  readonly flushConsumeQueueThoroughInterval: number;
  /** ms a SYNC_FLUSH reply may wait before FLUSH_DISK_TIMEOUT. */
  readonly syncFlushTimeout: number;
  /** Largest body in bytes. */
  readonly maxMessageSize: number;
  readonly accessMessageInMemoryMaxRatio: number;
  readonly maxTransferBytesOnMessageInMemory: number;
  readonly maxTransferCountOnMessageInMemory: number;
  readonly maxTransferBytesOnMessageInDisk: number;
  readonly maxTransferCountOnMessageInDisk: number;
  readonly maxFilterMessageSize: number;
  readonly commitLogRecoverMaxNum: number;
  /** Bytes of memory of the machine, for the in-memory rule. */
  readonly physicalMemoryBytes: number;
  /** Wall clock at open. */
  readonly nowMs: number;
}

/** What native send and pull handlers put into stored messages and answers. */
export interface BrokerIdentity {
  readonly clusterName: string;
  readonly brokerName: string;
  readonly regionId: string;
  readonly traceOn: boolean;
  /** Stored as storeHost and encoded in message ids. */
  readonly storeHost: string;
  readonly storePort: number;
  /** Process part of generated UNIQ_KEYs: ip, pid, hash, as upper-case hex without time. */
  readonly uniqKeyPrefix: string;
}

export interface TopicEntry {
  readonly topic: string;
  readonly readQueueNums: number;
  readonly writeQueueNums: number;
  /** PermName bits. */
  readonly perm: number;
  readonly topicSysFlag: number;
  readonly multiTag: boolean;
  /** False: sends to it always come back as cold (system topics, `%RETRY%`, delayed types). */
  readonly hotSend: boolean;
}

export interface GroupEntry {
  readonly group: string;
  readonly consumeEnable: boolean;
  readonly groupSysFlag: number;
  /** False: pulls of this group always come back as cold. */
  readonly hotPull: boolean;
}

/** A registered subscription, as far as native code can evaluate it. */
export interface SubscriptionEntry {
  readonly group: string;
  readonly topic: string;
  readonly subVersion: bigint;
  /** Tag hash codes; empty = every message. Undefined: not a TAG expression, pulls are cold. */
  readonly codes: Int32Array | undefined;
}

export interface BrokerState {
  /** Broker and store accept messages. */
  readonly writable: boolean;
  readonly readable: boolean;
  readonly litePullMessageEnable: boolean;
  readonly longPollingEnable: boolean;
  readonly shortPollingTimeMills: number;
  readonly slaveReadEnable: boolean;
  /** `inline` serves cold pulls on the I/O thread; `pool` sends every pull to the pool. */
  readonly pullExecution: 'auto' | 'pool' | 'inline';
}

export const PutMessageStatus = {
  PUT_OK: 0,
  SERVICE_NOT_AVAILABLE: 1,
  MESSAGE_ILLEGAL: 2,
  PROPERTIES_SIZE_EXCEEDED: 3,
  CREATE_MAPPED_FILE_FAILED: 4,
  STORE_FAILED: 5,
  FLUSH_DISK_TIMEOUT: 6,
} as const;
export type PutMessageStatus = (typeof PutMessageStatus)[keyof typeof PutMessageStatus];

/** One message put by a processor (send-back, tools); hot sends never take this form. */
export interface PutMessage {
  readonly topic: string;
  readonly queueId: number;
  readonly body: Uint8Array;
  /** Property string, `name 0x01 value 0x02 …`, stored as given. */
  readonly properties: Uint8Array;
  readonly flag: number;
  readonly sysFlag: number;
  readonly bornTimestampMs: number;
  readonly bornHost: string;
  readonly bornPort: number;
  readonly reconsumeTimes: number;
  readonly preparedTransactionOffset: number;
}

export interface PutResult {
  readonly status: PutMessageStatus;
  readonly physicalOffset: number;
  readonly queueOffset: number;
  /** Upper-case hex offsetMsgId. */
  readonly offsetMsgId: string;
}

/** GetMessageStatus of Apache; the numbers are ours. */
export const GetMessageStatus = {
  FOUND: 0,
  NO_MATCHED_MESSAGE: 1,
  MESSAGE_WAS_REMOVING: 2,
  OFFSET_FOUND_NULL: 3,
  OFFSET_OVERFLOW_BADLY: 4,
  OFFSET_OVERFLOW_ONE: 5,
  OFFSET_TOO_SMALL: 6,
  NO_MATCHED_LOGIC_QUEUE: 7,
  NO_MESSAGE_IN_QUEUE: 8,
} as const;
export type GetMessageStatus = (typeof GetMessageStatus)[keyof typeof GetMessageStatus];

export interface ReadResult {
  readonly status: GetMessageStatus;
  readonly nextBeginOffset: number;
  readonly minOffset: number;
  readonly maxOffset: number;
  /** Stored records back to back; empty unless FOUND. */
  readonly records: Uint8Array;
  readonly messageCount: number;
}

export interface OffsetEntry {
  readonly group: string;
  readonly topic: string;
  readonly queueId: number;
  readonly offset: number;
}

export interface StoreStats {
  readonly minPhysicalOffset: number;
  readonly maxPhysicalOffset: number;
  readonly durablePhysicalOffset: number;
  readonly dispatchBehindBytes: number;
  readonly messagesPut: number;
  readonly bytesPut: number;
  readonly messagesRead: number;
  readonly bytesRead: number;
  /** Calls of fdatasync on the commit log since open. */
  readonly commitLogSyncs: number;
  readonly suspendedPulls: number;
  readonly sessions: number;
  /** Empty while healthy; else why the log no longer takes messages. */
  readonly failure: string;
}

export interface RecoveryReport {
  readonly cleanShutdown: boolean;
  readonly recoveredBytes: number;
  readonly recoveredMessages: number;
  readonly truncatedBytes: number;
  readonly durationMs: number;
}

export interface MessageStore {
  readonly recovery: RecoveryReport;

  // ---- compiled tables ---------------------------------------------------------------------
  setIdentity(identity: BrokerIdentity): void;
  setBrokerState(state: BrokerState): void;
  setTopic(entry: TopicEntry): void;
  /** Forgets the table entry; queues and their files stay until `destroyTopicQueues`. */
  removeTopic(topic: string): void;
  destroyTopicQueues(topic: string): void;
  setGroup(entry: GroupEntry): void;
  removeGroup(group: string): void;
  setSubscription(entry: SubscriptionEntry): void;
  removeSubscription(group: string, topic: string): void;

  // ---- data path (I/O thread) --------------------------------------------------------------
  readonly control: Int32Array;
  readonly coldFrames: Uint8Array;
  /** The slab replies are written to. Valid until the next call into the store. */
  readonly output: Uint8Array;
  /**
   * Gives the store a fresh slab because the current one is still borrowed by a socket.
   * The caller keeps the old one until its write is flushed.
   */
  replaceOutput(): void;
  /** Takes a slab back that a socket no longer borrows, for a later `replaceOutput`. */
  recycleOutput?(slab: Uint8Array): void;
  /** Registers a connection. Result: session number, reused only after `closeSession`. */
  openSession(remoteHost: string, remotePort: number): number;
  /** Drops carried bytes, suspended pulls and held replies of the session. */
  closeSession(session: number): void;
  /** Feeds bytes of one connection. Results are in `control`, `output`, `coldFrames`. */
  ingest(session: number, chunk: Uint8Array, offset: number, length: number, nowMs: number): void;
  /** Serves one whole frame again after its tables were mended; it may come back as cold. */
  serve(session: number, frame: Uint8Array, nowMs: number): void;
  /** Collects replies released by the flush thread and wake-ups left over (MORE_OUTPUT). */
  drain(nowMs: number): void;
  /** Expires suspended pulls and overdue sync-flush replies. Call every 100 ms at least. */
  tick(nowMs: number): void;
  /** Called on the I/O thread when `drain` has something: at most once per flush group. */
  onOutputReady(listener: () => void): void;
  lastError(): string;

  // ---- primitives for cold processors ------------------------------------------------------
  /** Appends and resolves when stored as `flushDiskType` promises. */
  put(message: PutMessage, nowMs: number): Promise<PutResult>;
  /** Any thread. `codes` empty = no filter. May touch the disk. */
  read(
    topic: string,
    queueId: number,
    offset: number,
    maxMessages: number,
    codes: Int32Array,
  ): ReadResult;
  /** Any thread. The reply frame to a whole pull frame, disk allowed; undefined: `serve` it. */
  serveColdPull(frame: Uint8Array): Uint8Array | undefined;
  /** Any thread. The stored record at a physical offset, or undefined. */
  lookMessage(physicalOffset: number): Uint8Array | undefined;
  minOffset(topic: string, queueId: number): number;
  /** Next offset to be assigned. */
  maxOffset(topic: string, queueId: number): number;
  /** Whether the message at `offset` exists and counts as in memory (40 % rule). */
  isInMemory(topic: string, queueId: number, offset: number): boolean;
  offsetByTime(topic: string, queueId: number, timestampMs: number, upper: boolean): number;
  /** Store time of the message at `offset`, -1 when there is none. */
  storeTimestamp(topic: string, queueId: number, offset: number): number;
  /** Physical offsets of records indexed under `topic#key`, newest first. Any thread. */
  queryIndex(
    topic: string,
    key: string,
    maxCount: number,
    beginMs: number,
    endMs: number,
  ): { readonly offsets: Float64Array; readonly lastUpdateMs: number; readonly lastOffset: number };

  // ---- consumer offsets --------------------------------------------------------------------
  /** -1 when the group never committed on the queue. */
  queryOffset(group: string, topic: string, queueId: number): number;
  commitOffset(group: string, topic: string, queueId: number, offset: number): void;
  /** Removes by group and topic; an empty string stands for every one. */
  removeOffsets(group: string, topic: string): void;
  exportOffsets(): OffsetEntry[];
  /** Grows with every commit; compare to know whether to persist. */
  offsetVersion(): number;

  // ---- life --------------------------------------------------------------------------------
  stats(): StoreStats;
  /** Everything appended so far is durable when it resolves. Rejects once the log has failed. */
  flush(): Promise<void>;
  /** Stops intake, dispatches, flushes, removes `abort`, releases the lock. Idempotent. */
  close(): Promise<void>;
}
