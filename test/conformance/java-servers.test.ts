// SPDX-License-Identifier: Apache-2.0
/**
 * Goal: our servers and Apache's of 5.5.0 take each other's place. An Apache broker registers with
 * our name server and ours with Apache's; both store the same bytes for the same messages; each
 * opens the other's store after a clean stop.
 * Method: one broker of each kind behind the other kind's name server, official Java clients in
 * both header encodings, then the brokers change folders. The tests build on one another.
 */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseProperties } from '../../src/protocol/message-properties.ts';
import {
  type ApacheBroker,
  type ApacheNamesrv,
  startApacheBroker,
  startApacheNamesrv,
} from '../helpers/apache-process.ts';
import { type ApogeeProcess, startApogee, startApogeeNamesrv } from '../helpers/apogee-servers.ts';
import { type LoggedRecord, readCommitLog } from '../helpers/commit-log-files.ts';
import { JavaClients, javaMissing, prepareJava } from '../helpers/java.ts';
import { type TemporaryFolder, temporaryFolder } from '../helpers/processes.ts';
import { maskedRecord } from './golden-exchange.ts';
import {
  type Fields,
  type ReceivedMessage,
  Remote,
  received,
  type SentMessage,
} from './java-suite.ts';

const SETUP_TIMEOUT_MS = 360_000;
const TEST_TIMEOUT_MS = 120_000;
const READ_TIMEOUT_MS = 45_000;
const CODECS = ['JSON', 'ROCKETMQ'] as const;

/** Several files of the log and of queues, the same for both. */
const storeSizes = {
  mappedFileSizeCommitLog: '1048576',
  mappedFileSizeConsumeQueue: '20000',
  maxHashSlotNum: '50000',
  maxIndexNum: '200000',
};

type Stoppable = { stop(): Promise<void> };

class Exchange {
  readonly folder: TemporaryFolder = temporaryFolder('servers');
  readonly java = new Map<string, JavaClients>();
  readonly #running = new Set<Stoppable>();
  ourNamesrv!: ApogeeProcess;
  apacheNamesrv!: ApacheNamesrv;
  ours!: ApogeeProcess;
  apaches!: ApacheBroker;
  /** What consumers saw of each store before it changed hands. */
  stored: Readonly<Record<'ours' | 'apaches', Seen>> = { ours: [], apaches: [] };

  async start(): Promise<void> {
    await prepareJava();
    for (const type of CODECS) {
      const clients = await JavaClients.start(this.path(`java-${type}`), type);
      this.java.set(type, this.keep(clients));
    }
    this.ourNamesrv = this.keep(await startApogeeNamesrv(this.path('our-namesrv')));
    this.apacheNamesrv = this.keep(await startApacheNamesrv(this.path('apache-namesrv')));
    await this.startOurs('our-store');
    await this.startApaches('apache-store');
  }

  path(name: string): string {
    const folder = path.join(this.folder.path, name);
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  keep<T extends Stoppable>(process: T): T {
    this.#running.add(process);
    return process;
  }

  async stop(): Promise<void> {
    for (const process of [...this.#running].reverse()) await process.stop();
    this.folder.remove();
  }

  async startApaches(store: string): Promise<void> {
    const { namesrvAddr } = this.ourNamesrv;
    const home = this.path('apache-broker');
    const options = { home, storeFolder: this.path(store), namesrvAddr, config: storeSizes };
    this.apaches = this.keep(await startApacheBroker(options));
  }

  async startOurs(store: string): Promise<void> {
    const { namesrvAddr } = this.apacheNamesrv;
    const options = { dataDir: this.path(store), namesrvAddr, config: storeSizes };
    this.ours = this.keep(await startApogee(options));
  }

  async client(kind: string, namesrvAddr: string, fields: Fields = {}, type = 'JSON') {
    const java = this.java.get(type);
    assert.ok(java !== undefined);
    const handle = await java.call<number>(`${kind}.start`, { namesrvAddr, ...fields });
    return new Remote(java, kind, handle);
  }

  async createTopic(server: { namesrvAddr: string; brokerAddr: string }, topic: string) {
    const admin = await this.client('admin', server.namesrvAddr);
    await admin.call('topic', { topic, queues: 1, brokerAddr: server.brokerAddr });
    await admin.stop();
  }
}

/** Names whose hashes collide, enough names to let a Java map grow, text of every kind. */
const goldenMessages: readonly Fields[] = [
  { body: 'all', tags: 'TagA', keys: 'k1 k2', properties: { a: '1', zeta: 'z', Beta: 'b' } },
  { body: 'none' },
  { body: 'flag', flag: 12_345 },
  { body: 'collisions', properties: { BB: '1', Aa: '2', BBBB: '3', AaAa: '4', BBAa: '5' } },
  { body: 'many', properties: Object.fromEntries(numbered(120).map((n) => [`name${n}`, `v${n}`])) },
  { body: 'tèxt 消息 🚀', tags: '标签', keys: '键', properties: { Ünï: 'cödé', 名: '值 🚀' } },
  { bodySize: 30_000, keys: 'compressed' },
];

const goldenBatch: readonly Fields[] = [
  { body: 'first', tags: 'TagA', keys: 'k3', properties: { a: '1', zeta: 'z' } },
  { body: 'second', flag: 7 },
  { body: 'third', tags: '标签' },
];

function numbered(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

const uniqKey = (prefix: string, index: number) =>
  `7F000001${prefix}${String(index).padStart(24 - prefix.length, '0')}`;

async function sendGolden(producer: Remote, topic: string): Promise<void> {
  for (const [index, message] of goldenMessages.entries()) {
    await producer.call('send', { ...message, topic, uniqKey: uniqKey('A', index) });
  }
  const messages = goldenBatch.map((message, index) => ({
    ...{ ...message, topic, uniqKey: uniqKey('B', index) },
  }));
  await producer.call('sendBatch', { messages });
}

/** Records of a topic with what differs between two brokers masked. */
function comparable(records: readonly LoggedRecord[], topic: string): string[] {
  const bornTime = 40;
  return records
    .filter(({ record }) => record.topic === topic)
    .map(({ record, bytes }) => {
      const masked = Buffer.from(maskedRecord(bytes), 'hex').fill(0, bornTime, bornTime + 8);
      return `${record.properties.replaceAll('\u0002', '; ')} ${masked.toString('hex')}`;
    });
}

type Seen = ReturnType<typeof seen>;

/** What a consumer of any broker must see of a store, times and addresses included. */
function seen(messages: readonly ReceivedMessage[]) {
  return messages
    .map((message) => ({
      ...message,
      properties: { ...message.properties, CONSUME_START_TIME: '', MAX_OFFSET: '', MIN_OFFSET: '' },
      thread: '',
    }))
    .sort((left, right) => left.physicalOffset - right.physicalOffset);
}

const missing = javaMissing();

describe('our servers and those of Apache 5.5.0', () => {
  const exchange = new Exchange();
  before(() => (missing === undefined ? exchange.start() : undefined), {
    timeout: SETUP_TIMEOUT_MS,
  });
  after(() => exchange.stop(), { timeout: TEST_TIMEOUT_MS });
  const check = (name: string, body: (exchange: Exchange) => Promise<void>) =>
    test(name, { skip: missing ?? false, timeout: TEST_TIMEOUT_MS }, () => body(exchange));

  for (const type of CODECS) {
    check(`${type}: an Apache broker serves clients through our name server`, () =>
      servesClients(exchange, exchange.apaches, type),
    );
    check(`${type}: our broker serves clients through Apache's name server`, () =>
      servesClients(exchange, exchange.ours, type),
    );
    check(`${type}: both brokers store the same bytes for the same messages`, () =>
      storesTheSame(exchange, type),
    );
  }
  check('both store the same when a consumer gives up on a message', givenUp);
  check('both stop cleanly with messages, groups and offsets', stopWithMessages);
  check('our broker serves the store of an Apache broker', async () => {
    await exchange.startOurs('apache-store');
    await carriedOver(exchange, exchange.ours, exchange.stored.apaches);
    await exchange.ours.stop();
  });
  check('an Apache broker serves our store', async () => {
    await exchange.startApaches('our-store');
    await carriedOver(exchange, exchange.apaches, exchange.stored.ours);
    await exchange.apaches.stop();
  });
  check('an Apache broker serves its store again after ours had it', async () => {
    await exchange.startApaches('apache-store');
    const { namesrvAddr } = exchange.apaches;
    const messages = await read(exchange, namesrvAddr, 'Again', 5002);
    assert.deepEqual(seen(messages).slice(0, 5001), exchange.stored.apaches);
    assert.equal(messages.filter(({ body }) => body === 'from the other broker').length, 1);
    assert.deepEqual(await found(exchange, namesrvAddr, 'other'), ['from the other broker']);
  });
});

/** What a new group gets of the topic that changes brokers. */
async function read(exchange: Exchange, namesrvAddr: string, group: string, count: number) {
  // Apache's broker refuses a pull that overtook the heart beat until the next one, after 30 s.
  const fields = { topic: 'Carried', group, heartbeatMs: 1000 };
  const consumer = await exchange.client('push', namesrvAddr, fields);
  const messages = await received(consumer, count, READ_TIMEOUT_MS);
  await consumer.stop();
  return messages;
}

async function storesTheSame(exchange: Exchange, type: string): Promise<void> {
  const topic = `Golden${type}`;
  for (const broker of [exchange.ours, exchange.apaches]) {
    await exchange.createTopic(broker, topic);
    const fields = { group: 'GoldenProducers', compressOver: 4096 };
    const producer = await exchange.client('producer', broker.namesrvAddr, fields, type);
    await sendGolden(producer, topic);
    await producer.stop();
  }
  const theirs = comparable(readCommitLog(exchange.path('apache-store/commitlog')), topic);
  assert.equal(theirs.length, goldenMessages.length + goldenBatch.length);
  const ours = comparable(readCommitLog(exchange.path('our-store/commitlog')), topic);
  assert.deepEqual(ours, theirs);
}

/** A message that fails twice goes to the retry topic, then to the dead letters. */
async function givenUp(exchange: Exchange): Promise<void> {
  const group = 'Quitters';
  const [ours, apaches] = await Promise.all(
    [exchange.ours, exchange.apaches].map(async (broker) => {
      await exchange.createTopic(broker, 'Failing');
      const { namesrvAddr } = broker;
      const fields = { group, topic: 'Failing', maxReconsumeTimes: 1, failures: 9 };
      // The first consumer of a group makes its retry topic, whose route is read at the start.
      await (await exchange.client('push', namesrvAddr, fields)).stop();
      const consumer = await exchange.client('push', namesrvAddr, { ...fields, heartbeatMs: 1000 });
      const producer = await exchange.client('producer', namesrvAddr, { group: 'P' });
      const message = { topic: 'Failing', ...goldenMessages[0], uniqKey: uniqKey('C', 0) };
      await producer.call('send', message);
      await received(consumer, 2, READ_TIMEOUT_MS);
      const folder = exchange.path(broker === exchange.ours ? 'our-store' : 'apache-store');
      const log = path.join(folder, 'commitlog');
      const dead = (await dueRecords(log, `%DLQ%${group}`)).map(withoutDelay);
      await consumer.stop();
      return [...(await dueRecords(log, `%RETRY%${group}`)).map(withoutDelay), ...dead];
    }),
  );
  assert.equal(apaches?.length, 2);
  assert.deepEqual(ours, apaches);
}

async function dueRecords(folder: string, topic: string): Promise<LoggedRecord[]> {
  for (let attempt = 1; ; attempt += 1) {
    const records = readCommitLog(folder).filter(({ record }) => record.topic === topic);
    if (records.length > 0 || attempt === 100) return records;
    await sleep(100);
  }
}

/** Apache delays a retry by its schedule topic and leaves the traces of that in the message. */
function withoutDelay({ record }: LoggedRecord) {
  const { queueId, flag, sysFlag, reconsumeTimes, body, queueOffset, topic } = record;
  const properties = [...parseProperties(record.properties)]
    .filter(([name]) => !['DELAY', 'REAL_TOPIC', 'REAL_QID'].includes(name))
    .map(([name, value]) => (name === 'ORIGIN_MESSAGE_ID' ? name : `${name}=${value}`));
  const text = body.toString();
  return { topic, queueId, queueOffset, flag, sysFlag, reconsumeTimes, text, properties };
}

async function stopWithMessages(exchange: Exchange): Promise<void> {
  for (const broker of [exchange.ours, exchange.apaches]) {
    await exchange.createTopic(broker, 'Carried');
    const producer = await exchange.client('producer', broker.namesrvAddr, { group: 'P' });
    const load = { topic: 'Carried', count: 5000, threads: 8 };
    assert.deepEqual(await producer.call('load', load), { failed: 0 });
    await read(exchange, broker.namesrvAddr, 'Halfway', 5000);
    await producer.call('send', { topic: 'Carried', body: 'after the group stopped' });
    await producer.stop();
  }
  exchange.stored = {
    ours: seen(await read(exchange, exchange.ours.namesrvAddr, 'Before', 5001)),
    apaches: seen(await read(exchange, exchange.apaches.namesrvAddr, 'Before', 5001)),
  };
  await exchange.ours.stop();
  await exchange.apaches.stopCleanly();
}

async function servesClients(
  exchange: Exchange,
  { namesrvAddr }: { namesrvAddr: string },
  type: string,
): Promise<void> {
  const topic = `Served${type}`;
  const producer = await exchange.client('producer', namesrvAddr, { group: 'P' }, type);
  const bodies = numbered(20).map((n) => `served ${n}`);
  for (const body of bodies) {
    const sent = await producer.call<SentMessage>('send', { topic, body });
    assert.equal(sent.status, 'SEND_OK');
  }
  const consumer = await exchange.client('push', namesrvAddr, { topic, group: 'G' }, type);
  const messages = await received(consumer, bodies.length);
  assert.deepEqual(messages.map(({ body }) => body).sort(), bodies.sort());
  await consumer.stop();
  await producer.stop();
}

/** Everything is there, a group goes on where it was, the index answers, and sends go on. */
async function carriedOver(
  exchange: Exchange,
  { namesrvAddr }: { namesrvAddr: string },
  before: Seen,
): Promise<void> {
  const resumed = await read(exchange, namesrvAddr, 'Halfway', 1);
  assert.deepEqual(
    resumed.map(({ body }) => body),
    ['after the group stopped'],
  );
  assert.deepEqual(seen(await read(exchange, namesrvAddr, 'After', 5001)), before);
  assert.deepEqual(await found(exchange, namesrvAddr, 'k4321'), ['load-4321']);
  const producer = await exchange.client('producer', namesrvAddr, { group: 'P' });
  const sent = await producer.call<SentMessage>('send', {
    ...{ topic: 'Carried', body: 'from the other broker', keys: 'other' },
  });
  assert.equal(sent.queueOffset, 5001);
  await producer.stop();
}

async function found(exchange: Exchange, namesrvAddr: string, key: string): Promise<unknown[]> {
  const admin = await exchange.client('admin', namesrvAddr);
  const fields = { topic: 'Carried', key };
  const messages = await admin.call<ReceivedMessage[]>('queryMessage', fields);
  await admin.stop();
  return messages.map(({ body }) => body);
}
