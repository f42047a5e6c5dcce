// SPDX-License-Identifier: Apache-2.0
/** What the SDK must do against a running broker, over whatever transport `namesrvAddr` names. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import {
  MemoryOffsetStorage,
  type Message,
  Producer,
  PullConsumer,
  PushConsumer,
  type PushConsumerOptions,
  type ReceivedMessage,
  silentLog,
} from '../../../src/sdk/node.ts';

export interface SdkCluster {
  readonly namesrvAddr: string;
  close(): Promise<void>;
}

/** Waits until `condition` holds; the test fails with `what` after `limitMs`. */
export async function until(
  condition: () => boolean,
  what: string,
  limitMs = 20_000,
): Promise<void> {
  const endMs = performance.now() + limitMs;
  while (!condition()) {
    if (performance.now() > endMs) throw new Error(`not within ${limitMs} ms: ${what}`);
    await delay(10);
  }
}

let made = 0;

/** A name nobody used before. */
export function fresh(name: string): string {
  made += 1;
  return `${name}-${process.pid}-${Date.now() % 1_000_000}-${made}`;
}

/** One cluster, one producer, and short ways to the rest. */
class Suite {
  readonly namesrvAddr: string;
  readonly producer: Producer;

  constructor(namesrvAddr: string) {
    this.namesrvAddr = namesrvAddr;
    this.producer = new Producer({ namesrvAddr, group: 'PG', log: silentLog });
  }

  /** Sends at once, in no particular order. */
  async sendAll(topic: string, texts: readonly string[]): Promise<void> {
    await Promise.all(texts.map((body) => this.producer.send({ topic, body })));
  }

  async consumer(
    options: Partial<PushConsumerOptions> & Pick<PushConsumerOptions, 'group' | 'subscriptions'>,
  ): Promise<PushConsumer> {
    const settings = { consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET', log: silentLog } as const;
    const { namesrvAddr } = this;
    const joined = new PushConsumer({ namesrvAddr, ...settings, ...options });
    await joined.start();
    return joined;
  }
}

/** Runs every case against the cluster that `start` gives, or none when `skip` tells why. */
export function sdkSuite(label: string, start: () => Promise<SdkCluster>, skip?: string): void {
  let cluster: SdkCluster | undefined;
  let suite: Suite | undefined;

  before(async () => {
    if (skip !== undefined) return;
    cluster = await start();
    suite = new Suite(cluster.namesrvAddr);
    await suite.producer.start();
  });

  after(async () => {
    await suite?.producer.close();
    await cluster?.close();
  });

  for (const [title, run] of Object.entries(cases)) {
    test(`${label}: ${title}`, { skip: skip ?? false }, async () => {
      assert.ok(suite !== undefined, 'the cluster did not start');
      await run(suite);
    });
  }
}

const bodies = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, index) => `m${from + index}`);

const collect = (seen: string[]) => (message: ReceivedMessage) => {
  seen.push(message.text());
};

const cases: Readonly<Record<string, (suite: Suite) => Promise<void>>> = {
  'what is sent arrives once, with all that belongs to it': async (suite) => {
    const topic = fresh('all');
    const message: Message = {
      topic,
      body: 'grüße',
      tags: 'A',
      keys: ['k1', 'k2'],
      properties: { a: '1' },
      flag: 7,
    };
    const result = await suite.producer.send(message);
    assert.equal(result.status, 'SEND_OK');
    await suite.producer.sendOneway({ topic, body: 'oneway' });
    await suite.producer.sendBatch(bodies(10).map((body) => ({ topic, body })));
    const seen: ReceivedMessage[] = [];
    const joined = await suite.consumer({
      group: fresh('group'),
      subscriptions: { [topic]: '*' },
      listener: (received) => {
        seen.push(received);
      },
    });
    await until(() => seen.length >= 12, '12 messages');
    await delay(200);
    await joined.close();
    assert.deepEqual(seen.map((received) => received.text()).sort(), [
      'grüße',
      ...bodies(10),
      'oneway',
    ]);
    const first = seen.find((received) => received.msgId === result.msgId);
    assert.ok(first !== undefined);
    assert.equal(first.offsetMsgId, result.offsetMsgId);
    assert.deepEqual(first.queue, result.queue);
    assert.equal(first.queueOffset, result.queueOffset);
    assert.equal(first.tags, 'A');
    assert.deepEqual(first.keys, ['k1', 'k2']);
    assert.equal(first.properties.get('a'), '1');
    assert.equal(first.flag, 7);
    assert.equal(first.reconsumeTimes, 0);
    assert.ok(Math.abs(first.bornTimestampMs - Date.now()) < 60_000);
  },

  'large and binary bodies come back byte for byte': async (suite) => {
    const topic = fresh('large');
    const body = Uint8Array.from({ length: 4_000_000 }, (_, index) => (index * 7919) & 0xff);
    await suite.producer.send({ topic, body });
    const puller = new PullConsumer({ namesrvAddr: suite.namesrvAddr, group: fresh('pull') });
    await puller.start();
    const found: ReceivedMessage[] = [];
    for (const queue of await puller.queues(topic)) {
      found.push(...(await puller.pull(queue, 0)).messages);
    }
    await puller.close();
    assert.equal(found.length, 1);
    assert.deepEqual(found[0]?.body, body);
  },

  'a group resumes where it ended': async (suite) => {
    const topic = fresh('resume');
    const group = fresh('group');
    await suite.sendAll(topic, bodies(20));
    const first: string[] = [];
    const options = { group, subscriptions: { [topic]: '*' } };
    const early = await suite.consumer({ ...options, listener: collect(first) });
    await until(() => first.length === 20, '20 messages');
    await early.close();
    await suite.sendAll(topic, bodies(10, 20));
    const second: string[] = [];
    const late = await suite.consumer({ ...options, listener: collect(second) });
    await until(() => second.length >= 10, '10 messages');
    await delay(300);
    await late.close();
    assert.deepEqual(second.sort(), bodies(10, 20).sort());
  },

  'three members get each message once, and go on when one leaves': async (suite) => {
    const topic = fresh('three');
    const group = fresh('group');
    await suite.producer.send({ topic, body: 'first' });
    const seen: string[] = [];
    const options = { group, subscriptions: { [topic]: '*' }, listener: collect(seen) };
    const members = [
      await suite.consumer(options),
      await suite.consumer(options),
      await suite.consumer(options),
    ];
    const owned = (): number[] =>
      members.map((member) => {
        const queues = member.assignedQueues().filter((queue) => queue.topic === topic);
        return queues.length;
      });
    await until(() => owned().sort().join() === '1,1,2', 'queues shared by three');
    await until(() => seen.length >= 1, 'the first message');
    await suite.sendAll(topic, bodies(300));
    await until(() => seen.length >= 301, '301 messages');
    await members.pop()?.close();
    await until(() => owned().sort().join() === '2,2', 'queues shared by two');
    await suite.sendAll(topic, bodies(300, 300));
    await until(() => seen.length >= 601, '601 messages');
    await delay(300);
    await Promise.all(members.map((member) => member.close()));
    assert.deepEqual(seen.sort(), ['first', ...bodies(600)].sort());
  },

  'broadcasting gives every member every message': async (suite) => {
    const topic = fresh('broadcast');
    const group = fresh('group');
    await suite.sendAll(topic, bodies(5));
    const seen: string[][] = [[], []];
    const members = await Promise.all(
      seen.map((list, index) =>
        suite.consumer({
          group,
          subscriptions: { [topic]: '*' },
          messageModel: 'BROADCASTING',
          instanceName: `member-${index}`,
          offsetStorage: new MemoryOffsetStorage(),
          listener: collect(list),
        }),
      ),
    );
    await suite.sendAll(topic, bodies(5, 5));
    await until(() => seen.every((list) => list.length >= 10), '10 messages each');
    await delay(200);
    await Promise.all(members.map((member) => member.close()));
    for (const list of seen) assert.deepEqual(list.sort(), bodies(10).sort());
  },

  'messages of one sharding key keep their order': async (suite) => {
    const topic = fresh('ordered');
    const keys = ['a', 'b', 'c'];
    // Brokers may store requests that are on their way together in any order.
    for (const [index, body] of bodies(90).entries()) {
      await suite.producer.send({ topic, body }, { shardingKey: keys[index % 3] ?? '' });
    }
    const byKey = new Map<string, number[]>(keys.map((key) => [key, []]));
    let count = 0;
    const joined = await suite.consumer({
      group: fresh('group'),
      subscriptions: { [topic]: '*' },
      consumeConcurrency: 1,
      listener: (message) => {
        const key = message.properties.get('__SHARDINGKEY') ?? '';
        byKey.get(key)?.push(Number(message.text().slice(1)));
        count += 1;
      },
    });
    await until(() => count >= 90, '90 messages');
    await joined.close();
    for (const numbers of byKey.values()) {
      assert.deepEqual(
        numbers,
        [...numbers].sort((a, b) => a - b),
      );
      assert.equal(numbers.length, 30);
    }
  },

  'tags with equal hash codes are told apart': async (suite) => {
    const topic = fresh('tags');
    for (const tags of ['Aa', 'BB', 'C', 'Aa'])
      await suite.producer.send({ topic, body: tags, tags });
    const seen: string[] = [];
    const joined = await suite.consumer({
      group: fresh('group'),
      subscriptions: { [topic]: 'Aa || D' },
      listener: collect(seen),
    });
    await until(() => seen.length >= 2, '2 messages');
    await delay(300);
    await joined.close();
    assert.deepEqual(seen, ['Aa', 'Aa']);
  },

  'for await with acknowledgement': async (suite) => {
    const topic = fresh('await');
    await suite.sendAll(topic, bodies(10));
    const joined = await suite.consumer({ group: fresh('group'), subscriptions: { [topic]: '*' } });
    const stop = new AbortController();
    const seen: string[] = [];
    for await (const message of joined.messages({ signal: stop.signal })) {
      seen.push(message.text());
      message.ack();
      if (seen.length === 10) stop.abort();
    }
    await joined.close();
    assert.deepEqual(seen.sort(), bodies(10).sort());
  },

  'a pull consumer reads by offset, by time, and commits': async (suite) => {
    const topic = fresh('pull');
    await suite.producer.send({ topic, body: 'first' }, { shardingKey: 'k' });
    await delay(20);
    const betweenMs = Date.now();
    await delay(20);
    const { queue } = await suite.producer.send({ topic, body: 'second' }, { shardingKey: 'k' });
    const group = fresh('group');
    const puller = new PullConsumer({ namesrvAddr: suite.namesrvAddr, group, log: silentLog });
    await puller.start();
    assert.equal(await puller.minOffset(queue), 0);
    assert.equal(await puller.maxOffset(queue), 2);
    assert.equal(await puller.offsetForTime(queue, betweenMs), 1);
    const pulled = await puller.pull(queue, 1);
    assert.deepEqual([pulled.status, pulled.nextOffset], ['FOUND', 2]);
    assert.equal(pulled.messages[0]?.text(), 'second');
    const waiting = puller.pull(queue, 2, { timeoutMs: 10_000 });
    await delay(50);
    await suite.producer.send({ topic, body: 'third' }, { shardingKey: 'k' });
    assert.equal((await waiting).messages[0]?.text(), 'third');
    await puller.commit(queue, 3);
    assert.equal(await puller.committed(queue), 3);
    await puller.close();
  },

  'an abort ends a send and a pull that wait': async (suite) => {
    const topic = fresh('abort');
    const { queue } = await suite.producer.send({ topic, body: 'x' });
    const signal = AbortSignal.abort(new Error('enough'));
    await assert.rejects(suite.producer.send({ topic, body: 'x' }, { signal }), /enough/);
    const { namesrvAddr } = suite;
    const puller = new PullConsumer({ namesrvAddr, group: fresh('g'), log: silentLog });
    await puller.start();
    const stop = new AbortController();
    const waiting = puller.pull(queue, 1, { timeoutMs: 20_000, signal: stop.signal });
    setTimeout(() => stop.abort(new Error('enough')), 100);
    await assert.rejects(waiting, /enough/);
    await puller.close();
  },

  'binary headers serve as well as JSON': async (suite) => {
    const topic = fresh('binary');
    const { namesrvAddr } = suite;
    const headerEncoding = 'ROCKETMQ' as const;
    const binary = new Producer({ namesrvAddr, group: 'PG2', headerEncoding, log: silentLog });
    await binary.start();
    for (const body of bodies(5)) await binary.send({ topic, body, tags: 'B' });
    const seen: string[] = [];
    const joined = await suite.consumer({
      group: fresh('group'),
      subscriptions: { [topic]: 'B' },
      headerEncoding,
      listener: collect(seen),
    });
    await until(() => seen.length === 5, '5 messages');
    await joined.close();
    await binary.close();
  },
};
