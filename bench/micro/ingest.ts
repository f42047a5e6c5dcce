// SPDX-License-Identifier: Apache-2.0
/**
 * What one message costs inside the process, sockets left out: chunks of 64 sends with 128-byte
 * bodies through `ingest`, both header codecs, append, CRC, consume queue and index included; and
 * pulls of 32. Prints nanoseconds per message, and times the calibration task of the same run: one
 * JSON.parse of the header, a figure every machine knows.
 *
 *   node dist/bench/micro/ingest.js [milliseconds per case]
 */
import { encodeFrame } from '../../src/protocol/frame.ts';
import { encodeJsonHeader } from '../../src/protocol/frame-json-header.ts';
import { createRequest, SerializeType } from '../../src/protocol/remoting-command.ts';
import { Control } from '../../src/store/message-store.ts';
import { type NativeStore, openNativeStore } from '../../src/store/native-store.ts';
import {
  storeOptions,
  TEST_NOW_MS,
  temporaryDirectory,
  testBrokerState,
  testIdentity,
} from '../../test/helpers/store-options.ts';

const FRAMES_PER_CHUNK = 64;
const BODY = new Uint8Array(128).fill(0x78);
const CALIBRATION_ROUNDS = 200_000;

interface Case {
  readonly name: string;
  /** Serves one chunk; result: messages. */
  readonly round: () => number;
}

function sendRequest(serializeType: SerializeType, index: number) {
  const key = `7F0000013B5918B4AAC2${(0x1000_0000 + index).toString(16).toUpperCase()}0000`;
  const properties = ['UNIQ_KEY', key, 'WAIT', 'true', 'TAGS', 'TagA', 'KEYS', `order-${index}`];
  const text = properties.map((part, at) => part + (at % 2 === 0 ? '\x01' : '\x02')).join('');
  const request = createRequest(310, {
    a: 'benchmark_producer',
    b: 'BenchmarkTest',
    c: 'TBW102',
    d: '4',
    e: String(index % 4),
    f: '0',
    g: String(TEST_NOW_MS + index),
    h: '0',
    i: text,
    j: '0',
    k: 'false',
    m: 'false',
    n: 'broker-a',
  });
  return { ...request, opaque: 100_000 + index, serializeType, body: BODY };
}

function pullRequest(queueId: number, offset: number) {
  const request = createRequest(11, {
    consumerGroup: 'benchmark_consumer',
    topic: 'BenchmarkTest',
    queueId: String(queueId),
    queueOffset: String(offset),
    maxMsgNums: '32',
    sysFlag: '4',
    commitOffset: '0',
    suspendTimeoutMillis: '15000',
    subscription: '*',
    subVersion: '0',
    expressionType: 'TAG',
  });
  return { ...request, opaque: 7 };
}

function sendChunk(serializeType: SerializeType): Uint8Array {
  const frames = Array.from({ length: FRAMES_PER_CHUNK }, (_, index) =>
    encodeFrame(sendRequest(serializeType, index)),
  );
  return Buffer.concat(frames);
}

async function openStore(root: string): Promise<NativeStore> {
  const store = await openNativeStore(
    storeOptions(root, {
      mappedFileSizeCommitLog: 256 * 1024 * 1024,
      maxHashSlotNum: 5_000_000,
      maxIndexNum: 20_000_000,
    }),
  );
  store.setIdentity(testIdentity);
  store.setBrokerState(testBrokerState);
  store.setTopic({
    topic: 'BenchmarkTest',
    readQueueNums: 4,
    writeQueueNums: 4,
    perm: 6,
    topicSysFlag: 0,
    multiTag: false,
    hotSend: true,
  });
  store.setGroup({
    group: 'benchmark_consumer',
    consumeEnable: true,
    groupSysFlag: 0,
    hotPull: true,
  });
  return store;
}

function ingestAll(store: NativeStore, session: number, chunk: Uint8Array): void {
  store.ingest(session, chunk, 0, chunk.length, TEST_NOW_MS);
  if (store.control[Control.CONSUMED] !== chunk.length || store.control[Control.COLD_COUNT] !== 0) {
    throw new Error(`the chunk was not served natively: ${store.lastError()}`);
  }
}

function nowNs(): number {
  return Number(process.hrtime.bigint());
}

/** ns per message: the median of ten slices of the time. */
function measure({ round }: Case, milliseconds: number): number {
  const slices: number[] = [];
  for (let slice = 0; slice < 10; slice += 1) {
    const startNs = nowNs();
    let messages = 0;
    let elapsedNs = 0;
    do {
      messages += round();
      elapsedNs = nowNs() - startNs;
    } while (elapsedNs < milliseconds * 1e5);
    slices.push(elapsedNs / messages);
  }
  return slices.sort((a, b) => a - b)[5] ?? Number.NaN;
}

function calibrate(): number {
  const header = Buffer.from(encodeJsonHeader(sendRequest(SerializeType.JSON, 1))).toString();
  const startNs = nowNs();
  let sum = 0;
  for (let round = 0; round < CALIBRATION_ROUNDS; round += 1) sum += JSON.parse(header).opaque;
  if (sum === 0) throw new Error('the calibration task did nothing');
  return (nowNs() - startNs) / CALIBRATION_ROUNDS;
}

async function main(): Promise<void> {
  const milliseconds = Number(process.argv[2] ?? 1000);
  using directory = temporaryDirectory();
  const store = await openStore(directory.path);
  const session = store.openSession('127.0.0.1', 40_000);
  const one = encodeFrame(sendRequest(SerializeType.ROCKETMQ, 1));
  const pulls = Buffer.concat(
    Array.from({ length: 8 }, (_, index) => encodeFrame(pullRequest(index % 4, index * 32))),
  );
  const serve = (chunk: Uint8Array, messages: number) => () => {
    ingestAll(store, session, chunk);
    return messages;
  };
  const cases: readonly Case[] = [
    { name: 'send, JSON headers, 64 a chunk', round: serve(sendChunk(SerializeType.JSON), 64) },
    {
      name: 'send, binary headers, 64 a chunk',
      round: serve(sendChunk(SerializeType.ROCKETMQ), 64),
    },
    { name: 'send, binary header, 1 a chunk', round: serve(one, 1) },
    { name: 'pull of 32, 8 a chunk', round: serve(pulls, 256) },
  ];
  calibrate();
  const calibration = calibrate();
  console.log(`calibration (JSON.parse of the header): ${calibration.toFixed(0)} ns`);
  for (const item of cases) {
    const nanoseconds = measure(item, milliseconds);
    const ratio = (nanoseconds / calibration).toFixed(2);
    console.log(`${item.name}: ${nanoseconds.toFixed(0)} ns/message, ${ratio} calibrations`);
  }
  await store.close();
}

await main();
