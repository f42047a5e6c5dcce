// SPDX-License-Identifier: Apache-2.0
/**
 * What the addon exports, as types, and the only place that loads it. Arguments are positional and
 * already validated; native code converts them defensively. Loads in every thread that asks.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ApogeeError, errorText } from '../core/errors.ts';
import { Control, type StoreOptions } from './message-store.ts';

/** Reads that any thread may ask for. */
export interface NativeReads {
  /** `facts` gets status, nextBeginOffset, minOffset, maxOffset, messageCount. */
  read(
    topic: string,
    queueId: number,
    offset: number,
    maxMessages: number,
    codes: Int32Array,
    facts: Float64Array,
  ): Uint8Array;
  serveColdPull(frame: Uint8Array): Uint8Array | undefined;
  lookMessage(physicalOffset: number): Uint8Array | undefined;
  /** lastUpdateMs, lastOffset, then physical offsets. */
  queryIndex(
    topic: string,
    key: string,
    maxCount: number,
    beginMs: number,
    endMs: number,
  ): Float64Array;
}

export interface NativeStoreHandle extends NativeReads {
  /** False when a buffer is too small. */
  attach(control: Int32Array, coldFrames: Uint8Array, output: Uint8Array): boolean;
  openSession(address: Uint8Array, port: number): number;
  closeSession(session: number): void;
  ingest(session: number, chunk: Uint8Array, offset: number, length: number, nowMs: number): void;
  serve(session: number, frame: Uint8Array, nowMs: number): void;
  drain(nowMs: number): void;
  tick(nowMs: number): void;
  lastError(): string;
  /** `facts` gets status, physicalOffset, queueOffset. Result: 0, or a ticket to wait for. */
  put(
    topic: string,
    queueId: number,
    body: Uint8Array,
    properties: Uint8Array,
    flag: number,
    sysFlag: number,
    bornTimestampMs: number,
    bornAddress: Uint8Array,
    bornPort: number,
    reconsumeTimes: number,
    preparedTransactionOffset: number,
    nowMs: number,
    facts: Float64Array,
  ): number;
  /** Pairs of ticket and `PutFate`. */
  takeCompletedPuts(): Float64Array;
  hasOutput(): boolean;
  /** Starts a flush. Result: whether the listener will be called for it. */
  requestFlush(): boolean;
  setOutputListener(listener: () => void): void;
  /** Whether the process must stay alive until the listener was called. */
  holdProcess(hold: boolean): void;
  flush(): Promise<void>;
  close(): Promise<void>;

  setIdentity(
    clusterName: string,
    regionId: string,
    traceOn: boolean,
    storeAddress: Uint8Array,
    storePort: number,
    uniqKeyPrefix: string,
  ): void;
  setBrokerState(
    writable: boolean,
    readable: boolean,
    litePullMessageEnable: boolean,
    longPollingEnable: boolean,
    shortPollingTimeMills: number,
    slaveReadEnable: boolean,
    pullExecution: string,
  ): void;
  setTopic(
    topic: string,
    readQueueNums: number,
    writeQueueNums: number,
    perm: number,
    topicSysFlag: number,
    multiTag: boolean,
    hotSend: boolean,
  ): void;
  removeTopic(topic: string): void;
  destroyTopicQueues(topic: string): void;
  setGroup(group: string, consumeEnable: boolean, groupSysFlag: number, hotPull: boolean): void;
  removeGroup(group: string): void;
  setSubscription(
    group: string,
    topic: string,
    subVersion: bigint,
    codes: Int32Array | undefined,
  ): void;
  removeSubscription(group: string, topic: string): void;

  queryOffset(group: string, topic: string, queueId: number): number;
  commitOffset(group: string, topic: string, queueId: number, offset: number): void;
  removeOffsets(group: string, topic: string): void;
  /** group, topic, queueId, offset, group, … */
  exportOffsets(): (string | number)[];
  offsetVersion(): number;

  /** Number by which other threads of the process find the store. */
  handle(): number;
  /** cleanShutdown (0 or 1), recoveredBytes, recoveredMessages, truncatedBytes. */
  recovery(): Float64Array;
  /** In the order of `StoreStats`, without `failure`. */
  stats(): Float64Array;
  failure(): string;
  minOffset(topic: string, queueId: number): number;
  maxOffset(topic: string, queueId: number): number;
  isInMemory(topic: string, queueId: number, offset: number): boolean;
  offsetByTime(topic: string, queueId: number, timestampMs: number, upper: boolean): number;
  storeTimestamp(topic: string, queueId: number, offset: number): number;
}

/** What became of a put that waited for the disk. */
export const PutFate = { DURABLE: 0, FLUSH_TIMEOUT: 1, FAILED: 2 } as const;

export interface NativeAddon {
  /** Rejects with an error whose `code` is one of the error catalogue. */
  openStore(options: StoreOptions): Promise<NativeStoreHandle>;
  readonly NativeReader: new (handle: number) => NativeReads;
  readonly controlLayout: Readonly<Record<string, number>>;
}

/** Errors: NATIVE_MISSING when the addon is not built, or built for another machine or version. */
export function loadNativeAddon(): NativeAddon {
  const file = addonFile();
  const addon = requireAddon(file);
  for (const [name, value] of Object.entries(Control)) {
    if (addon.controlLayout[name] !== value) {
      throw missing(`${file} belongs to another version of this package`);
    }
  }
  return addon;
}

function requireAddon(file: string): NativeAddon {
  if (!existsSync(file)) throw missing(`${file} does not exist`);
  try {
    return createRequire(import.meta.url)(file) as NativeAddon;
  } catch (error) {
    throw missing(`${file} cannot be loaded: ${errorText(error)}`);
  }
}

/** From `dist/src/store` of the package, and from `src/store` when run without a build. */
function addonFile(): string {
  const here = path.dirname(fileURLToPath(import.meta.url));
  const candidates = ['../../..', '../..'].map((up) =>
    path.join(path.resolve(here, up), 'build', 'Release', 'apogee.node'),
  );
  return candidates.find((candidate) => existsSync(candidate)) ?? candidates[0] ?? '';
}

function missing(detail: string): ApogeeError {
  return new ApogeeError('NATIVE_MISSING', `the native addon is not built: ${detail}`, {
    cure: 'run "npm run build:native" in the package; it needs g++ or clang, make and python3',
  });
}
