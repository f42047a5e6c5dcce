// SPDX-License-Identifier: Apache-2.0
/**
 * Goal: members of a group consume every message, share queues, survive brokers, and lose no
 * offset. Method: a cluster in memory under a virtual clock.
 */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { deflateSync } from 'node:zlib';
import type { PushConsumerOptions } from '../../../src/client/consumer-options.ts';
import type { ReceivedMessage } from '../../../src/client/message.ts';
import { MemoryOffsetStorage } from '../../../src/client/offset-file.ts';
import { PushConsumer } from '../../../src/client/push-consumer.ts';
import { ApogeeError } from '../../../src/core/errors.ts';
import { RequestCode, ResponseCode } from '../../../src/protocol/codes.ts';
import { createResponse } from '../../../src/protocol/remoting-command.ts';
import { clientEnvironment, type TestEnvironment } from '../../helpers/client-environment.ts';
import { RETRY_DELAY_MS } from '../../helpers/fake-broker.ts';
import { FakeCluster, NAMESRV } from '../../helpers/fake-cluster.ts';

let cluster: FakeCluster;
let consumers: PushConsumer[];
let environment: TestEnvironment;

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const property = (name: string, value: string): string => `${name}\u0001${value}\u0002`;

beforeEach(async () => {
  cluster = await FakeCluster.start(1);
  cluster.createTopic('T', 4);
  consumers = [];
});

afterEach(async () => {
  await cluster.run(Promise.all(consumers.map((consumer) => consumer.close())));
  await cluster.close();
  assert.equal(cluster.clock.pending, 0, 'no timer is left');
});

async function startConsumer(options: Partial<PushConsumerOptions> = {}): Promise<PushConsumer> {
  environment = clientEnvironment(cluster);
  const consumer = new PushConsumer(
    {
      namesrvAddr: NAMESRV,
      group: 'CG',
      subscriptions: { T: '*' },
      consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
      ...options,
    },
    environment,
  );
  consumers.push(consumer);
  await cluster.run(consumer.start());
  return consumer;
}

/** Appends n messages over the queues of T. */
function produce(count: number, from = 0, topic = 'T'): string[] {
  const bodies = Array.from({ length: count }, (_, index) => `m${from + index}`);
  for (const [index, body] of bodies.entries()) {
    cluster.broker().append(topic, index % 4, { body: bytes(body) });
  }
  return bodies;
}

const collectInto = (seen: string[]) => (message: ReceivedMessage) => {
  seen.push(message.text());
};

test('messages there and messages to come arrive once, without delay', async () => {
  const seen: string[] = [];
  const early = produce(100);
  await startConsumer({ listener: collectInto(seen) });
  await cluster.until(() => seen.length >= 100);
  const beforeMs = cluster.clock.nowMs();
  const late = produce(10, 100);
  await cluster.until(() => seen.length >= 110);
  assert.ok(cluster.clock.nowMs() - beforeMs <= 20, 'a held pull is answered at once');
  await cluster.clock.advance(60_000);
  assert.deepEqual(seen.sort(), [...early, ...late].sort());
});

test('a consumer resumes where the one before it has ended', async () => {
  const first: string[] = [];
  produce(20);
  const consumer = await startConsumer({ listener: collectInto(first) });
  await cluster.until(() => first.length === 20);
  await cluster.run(consumer.close());
  const second: string[] = [];
  const added = produce(8, 20);
  await startConsumer({ listener: collectInto(second) });
  await cluster.clock.advance(5000);
  assert.deepEqual(second.sort(), added.sort());
});

test('offsets are committed every 5 s, and never beyond a message in work', async () => {
  let release = (): void => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  for (let index = 0; index < 10; index += 1) {
    cluster.broker().append('T', 0, { body: bytes(String(index)) });
  }
  await startConsumer({
    listener: async (message) => {
      if (message.text() === '4') await gate;
    },
  });
  await cluster.clock.advance(20_000);
  assert.equal(cluster.broker().committed('CG', 'T', 0), 4);
  release();
  await cluster.clock.advance(6000);
  assert.equal(cluster.broker().committed('CG', 'T', 0), 10);
});

test('where a new group begins', async () => {
  produce(8);
  const first: string[] = [];
  await startConsumer({ group: 'first', listener: collectInto(first) });
  const last: string[] = [];
  await startConsumer({
    group: 'last',
    listener: collectInto(last),
    consumeFromWhere: 'CONSUME_FROM_LAST_OFFSET',
  });
  await cluster.clock.advance(1000);
  const timed: string[] = [];
  const consumeTimestampMs = cluster.clock.nowMs();
  produce(4, 8);
  await startConsumer({
    group: 'timed',
    listener: collectInto(timed),
    consumeFromWhere: 'CONSUME_FROM_TIMESTAMP',
    consumeTimestampMs,
  });
  await cluster.clock.advance(5000);
  assert.equal(first.length, 12);
  assert.deepEqual(last.sort(), ['m10', 'm11', 'm8', 'm9']);
  assert.deepEqual(timed.sort(), ['m10', 'm11', 'm8', 'm9']);
});

test('three members get every message once, also while one leaves', async () => {
  const seen: string[] = [];
  const members: PushConsumer[] = [];
  for (let index = 0; index < 3; index += 1) {
    members.push(await startConsumer({ listener: collectInto(seen) }));
  }
  await cluster.clock.advance(3000);
  const shares = members.map((member) => owned(member).length);
  assert.deepEqual(shares.sort(), [1, 1, 2]);
  const queues = members.flatMap(owned).sort();
  assert.deepEqual(queues, ['T:0', 'T:1', 'T:2', 'T:3']);
  const early = produce(100);
  await cluster.until(() => seen.length >= 100);
  const [leaving] = members;
  assert.ok(leaving !== undefined);
  await cluster.run(leaving.close());
  await cluster.clock.advance(2000);
  assert.deepEqual(members.slice(1).flatMap(owned).sort(), ['T:0', 'T:1', 'T:2', 'T:3']);
  const late = produce(100, 100);
  await cluster.clock.advance(5000);
  assert.deepEqual(seen.sort(), [...early, ...late].sort());
});

const owned = (consumer: PushConsumer): string[] =>
  consumer
    .assignedQueues()
    .filter((queue) => queue.topic === 'T')
    .map((queue) => `${queue.topic}:${queue.queueId}`);

test('messages in work when a queue changes hands are not consumed again', async () => {
  const seen: string[] = [];
  produce(40);
  const slow = async (message: ReceivedMessage): Promise<void> => {
    seen.push(message.text());
    await new Promise<void>((resolve) => cluster.clock.after(200, resolve));
  };
  await startConsumer({ listener: slow, consumeConcurrency: 40 });
  await cluster.clock.advance(100);
  assert.equal(seen.length, 40, 'all are in work when the second member comes');
  await startConsumer({ listener: slow, consumeConcurrency: 40 });
  await cluster.clock.advance(20_000);
  assert.equal(seen.length, 40);
});

test('a result that comes after the queue was lost moves no offset', async () => {
  let release = (): void => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  produce(40);
  const stuck = await startConsumer({ listener: () => gate, consumeConcurrency: 40 });
  await cluster.clock.advance(100);
  await startConsumer({ listener: () => {} });
  await cluster.clock.advance(10_000);
  const kept = new Set(owned(stuck));
  const lost = [0, 1, 2, 3].filter((queueId) => !kept.has(`T:${queueId}`));
  assert.equal(lost.length, 2);
  const committed = (): (number | undefined)[] =>
    lost.map((queueId) => cluster.broker().committed('CG', 'T', queueId));
  assert.deepEqual(committed(), [10, 10]);
  const before = cluster.broker().requests.length;
  release();
  await cluster.clock.advance(10_000);
  assert.deepEqual(committed(), [10, 10]);
  const late = cluster
    .broker()
    .requests.slice(before)
    .filter(({ code }) => code === RequestCode.UPDATE_CONSUMER_OFFSET)
    .filter(({ extFields }) => lost.includes(Number(extFields['queueId'])));
  assert.deepEqual(late, []);
});

test('a member that vanishes without a word is replaced', async () => {
  const seen: string[] = [];
  const stays = await startConsumer({ listener: collectInto(seen) });
  await startConsumer({ listener: () => {} });
  const lost = environment;
  await cluster.clock.advance(3000);
  assert.equal(owned(stays).length, 2);
  await cluster.run(lost.remoting.close());
  await cluster.clock.advance(3000);
  assert.equal(owned(stays).length, 4);
});

test('what the listener refuses comes again from the broker, then is a dead letter', async () => {
  const times: number[] = [];
  cluster.broker().append('T', 0, { body: bytes('poison') });
  await startConsumer({
    maxReconsumeTimes: 2,
    listener: (message) => {
      assert.equal(message.topic, 'T');
      times.push(message.reconsumeTimes);
      if (message.reconsumeTimes === 1) return 'RECONSUME_LATER';
      throw new Error('cannot');
    },
  });
  await cluster.clock.advance(4 * RETRY_DELAY_MS);
  assert.deepEqual(times, [0, 1, 2]);
  assert.deepEqual(cluster.broker().storedBodies('%DLQ%CG'), ['poison']);
  assert.equal(cluster.broker().committed('CG', 'T', 0), 1);
  assert.equal(environment.log.complaints('listener failed').length, 2);
});

test('the listener chooses the delay, and the dead-letter topic', async () => {
  cluster.broker().append('T', 0, { body: bytes('x') });
  await startConsumer({
    listener: (_message, context) => {
      context.delayLevelWhenNextConsume = -1;
      return 'RECONSUME_LATER';
    },
  });
  await cluster.clock.advance(2000);
  assert.deepEqual(cluster.broker().storedBodies('%DLQ%CG'), ['x']);
});

test('a send-back that fails goes to the retry topic, and if need be stays here', async () => {
  const times: number[] = [];
  cluster.broker().append('T', 0, { body: bytes('x'), properties: property('UNIQ_KEY', 'U') });
  cluster.broker().fault = (request) =>
    request.code === RequestCode.CONSUMER_SEND_MSG_BACK
      ? createResponse(request, ResponseCode.SYSTEM_ERROR)
      : undefined;
  await startConsumer({
    listener: (message) => {
      times.push(message.reconsumeTimes);
      return message.reconsumeTimes === 0 ? 'RECONSUME_LATER' : 'CONSUME_SUCCESS';
    },
  });
  await cluster.clock.advance(3000);
  const [retried] = cluster.broker().stored('%RETRY%CG', 0);
  assert.ok(retried?.properties.includes(property('RETRY_TOPIC', 'T')));
  assert.ok(retried?.properties.includes(property('DELAY', '3')));
  assert.deepEqual(times, [0, 1]);

  times.length = 0;
  cluster.broker().fault = (request) =>
    request.code === RequestCode.CONSUMER_SEND_MSG_BACK ||
    request.code === RequestCode.SEND_MESSAGE_V2
      ? createResponse(request, ResponseCode.MESSAGE_ILLEGAL)
      : undefined;
  cluster.broker().append('T', 1, { body: bytes('y') });
  await cluster.clock.advance(15_000);
  assert.deepEqual(times, [0, 1], 'it was delivered again without a broker');
});

test('tags are compared as text, for brokers compare hash codes only', async () => {
  const seen: string[] = [];
  for (const tag of ['Aa', 'BB', 'C', 'Aa']) {
    cluster.broker().append('T', 0, { body: bytes(tag), properties: property('TAGS', tag) });
  }
  cluster.broker().append('T', 0, { body: bytes('none') });
  await startConsumer({ subscriptions: { T: 'Aa || D' }, listener: collectInto(seen) });
  await cluster.clock.advance(6000);
  assert.deepEqual(seen, ['Aa', 'Aa']);
  assert.equal(cluster.broker().committed('CG', 'T', 0), 5, 'what does not match is passed');
});

test('broadcasting: every member gets every message and remembers its own place', async () => {
  const storage = new MemoryOffsetStorage();
  const options = { messageModel: 'BROADCASTING', offsetStorage: storage } as const;
  const a: string[] = [];
  const b: string[] = [];
  produce(8);
  const first = await startConsumer({ ...options, instanceName: 'a', listener: collectInto(a) });
  await startConsumer({ ...options, instanceName: 'b', listener: collectInto(b) });
  await cluster.clock.advance(2000);
  assert.equal(a.length, 8);
  assert.equal(b.length, 8);
  assert.equal(cluster.broker().committed('CG', 'T', 0), undefined);
  await cluster.run(first.close());
  produce(4, 8);
  const again: string[] = [];
  const environmentOfA = first.clientId.split('@')[0] ?? '';
  environment = { ...clientEnvironment(cluster), ip: environmentOfA };
  const reborn = new PushConsumer(
    {
      namesrvAddr: NAMESRV,
      group: 'CG',
      subscriptions: { T: '*' },
      ...options,
      instanceName: 'a',
      listener: collectInto(again),
    },
    environment,
  );
  consumers.push(reborn);
  await cluster.run(reborn.start());
  await cluster.clock.advance(2000);
  assert.deepEqual(again.sort(), ['m10', 'm11', 'm8', 'm9']);
});

test('a broadcast message that fails is dropped, with a word in the log', async () => {
  let calls = 0;
  produce(1);
  await startConsumer({
    messageModel: 'BROADCASTING',
    listener: () => {
      calls += 1;
      return 'RECONSUME_LATER';
    },
  });
  await cluster.clock.advance(60_000);
  assert.equal(calls, 1);
  assert.equal(environment.log.complaints('broadcasting has no retries').length, 1);
});

test('after a broker restarts the consumer goes on by itself', async () => {
  const seen: string[] = [];
  await startConsumer({ listener: collectInto(seen) });
  produce(4);
  await cluster.until(() => seen.length === 4);
  await cluster.stopBroker();
  await cluster.clock.advance(40_000);
  cluster.broker().groups.clear();
  await cluster.broker().start();
  produce(4, 4);
  await cluster.until(() => seen.length === 8, 10_000);
  await cluster.clock.advance(30_000);
  assert.equal(seen.length, 8);
});

test('name servers that are away do not matter while brokers are there', async () => {
  const seen: string[] = [];
  await startConsumer({ listener: collectInto(seen) });
  await cluster.run(cluster.namesrv.stop());
  await cluster.clock.advance(120_000);
  produce(4);
  await cluster.until(() => seen.length === 4);
});

test('a topic that does not exist yet is consumed once it does', async () => {
  const seen: string[] = [];
  await startConsumer({ subscriptions: { Later: '*' }, listener: collectInto(seen) });
  await cluster.clock.advance(5000);
  produce(4, 0, 'Later');
  await cluster.until(() => seen.length === 4, 30_000);
});

test('new queues of a topic are found', async () => {
  const seen: string[] = [];
  const consumer = await startConsumer({ listener: collectInto(seen) });
  const topic = cluster.topics.get('T');
  assert.ok(topic !== undefined);
  topic.queues = 6;
  await cluster.clock.advance(31_000);
  assert.equal(owned(consumer).length, 6);
});

test('an offset the broker no longer has is corrected', async () => {
  const seen: string[] = [];
  produce(4);
  cluster.broker().offsets.set('T@CG@0', 50);
  await startConsumer({ listener: collectInto(seen) });
  await cluster.clock.advance(2000);
  cluster.broker().append('T', 0, { body: bytes('next') });
  await cluster.clock.advance(6000);
  assert.ok(seen.includes('next'));
  assert.equal(cluster.broker().committed('CG', 'T', 0), 2);
});

test('a broker that forgot the subscription is told again, at once', async () => {
  const seen: string[] = [];
  await startConsumer({ listener: collectInto(seen) });
  cluster.broker().groups.clear();
  produce(4);
  await cluster.until(() => seen.length === 4, 2000);
});

test('no more is cached than flow control allows', async () => {
  for (let index = 0; index < 500; index += 1) {
    cluster.broker().append('T', 0, { body: bytes(`m${index}`) });
  }
  let release = (): void => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const seen: string[] = [];
  await startConsumer({
    consumeConcurrency: 1,
    flowLimits: { maxMessages: 64 },
    listener: async (message) => {
      await gate;
      seen.push(message.text());
    },
  });
  await cluster.clock.advance(5000);
  const pulls = cluster
    .broker()
    .requests.filter(({ code, extFields }) => code === 11 && extFields['queueId'] === '0');
  const offsets = pulls.map(({ extFields }) => Number(extFields['queueOffset']));
  assert.equal(Math.max(...offsets), 64, 'three pulls of 32, the last above the limit');
  release();
  await cluster.until(() => seen.length === 500);
});

test('zlib bodies are inflated; what cannot be is not given to the listener', async () => {
  const body = deflateSync(bytes('compressed'.repeat(100)));
  cluster.broker().append('T', 0, { body, sysFlag: 0x301 });
  cluster.broker().append('T', 0, { body, sysFlag: 0x1 });
  cluster.broker().append('T', 1, { body: bytes('no zlib'), sysFlag: 0x1 });
  cluster.broker().append('T', 2, { body: bytes('lz4'), sysFlag: 0x101 });
  const seen: string[] = [];
  await startConsumer({ listener: collectInto(seen) });
  for (let wait = 0; wait < 100 && seen.length < 2; wait += 1) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    await cluster.clock.advance(10);
  }
  await cluster.clock.advance(6000);
  assert.deepEqual(seen, ['compressed'.repeat(100), 'compressed'.repeat(100)]);
  const encodings = environment.log
    .complaints('cannot be decompressed')
    .map(({ fields }) => fields['encoding']);
  assert.deepEqual(encodings.sort(), ['lz4', 'zlib']);
});

test('for await: acknowledged messages are committed, others come again', async () => {
  for (const body of ['a', 'b', 'c']) cluster.broker().append('T', 0, { body: bytes(body) });
  const consumer = await startConsumer();
  const stop = new AbortController();
  const seen: string[] = [];
  const reading = (async () => {
    for await (const message of consumer.messages({ signal: stop.signal })) {
      seen.push(`${message.text()}${message.reconsumeTimes}`);
      if (message.text() === 'b' && message.reconsumeTimes === 0) await message.retry();
      else message.ack();
      if (seen.length === 4) stop.abort();
    }
  })();
  await cluster.run(reading);
  assert.deepEqual(seen, ['a0', 'b0', 'c0', 'b1']);
  await cluster.run(consumer.close());
  assert.equal(cluster.broker().committed('CG', 'T', 0), 3);
});

test('for await without ack leaves the offset, and close ends the loop', async () => {
  for (const body of ['a', 'b']) cluster.broker().append('T', 0, { body: bytes(body) });
  const consumer = await startConsumer();
  const seen: string[] = [];
  const reading = (async () => {
    for await (const message of consumer.messages()) seen.push(message.text());
  })();
  await cluster.clock.advance(100);
  await cluster.run(consumer.close());
  await cluster.run(reading);
  assert.deepEqual(seen, ['a', 'b']);
  assert.equal(cluster.broker().committed('CG', 'T', 0), 0);
});

test('a message in work for too long is sent back, so that its queue goes on', async () => {
  const seen: string[] = [];
  cluster.broker().append('T', 0, { body: bytes('stuck') });
  await startConsumer({
    consumeTimeoutMs: 60_000,
    listener: async (message) => {
      seen.push(`${message.text()}${message.reconsumeTimes}`);
      if (message.reconsumeTimes === 0) await new Promise(() => {});
    },
    closeTimeoutMs: 0,
  });
  await cluster.clock.advance(90_000);
  assert.deepEqual(seen, ['stuck0', 'stuck1']);
  assert.equal(cluster.broker().committed('CG', 'T', 0), 1);
});

test('close waits for listeners, but not for ever', async () => {
  cluster.broker().append('T', 0, { body: bytes('x') });
  let ended = false;
  const consumer = await startConsumer({
    listener: async () => {
      await new Promise<void>((resolve) => cluster.clock.after(3000, resolve));
      ended = true;
    },
  });
  await cluster.clock.advance(100);
  await cluster.run(consumer.close());
  assert.ok(ended);
  assert.equal(cluster.broker().committed('CG', 'T', 0), 1);

  cluster.broker().append('T', 0, { body: bytes('y') });
  const impatient = await startConsumer({
    closeTimeoutMs: 1000,
    listener: () => new Promise<void>(() => {}),
  });
  await cluster.clock.advance(100);
  const startMs = cluster.clock.nowMs();
  await cluster.run(impatient.close());
  assert.ok(cluster.clock.nowMs() - startMs < 1500);
  assert.equal(cluster.broker().committed('CG', 'T', 0), 1);
});

test('a broker that lost its offsets learns them from the pulls', async () => {
  const seen: string[] = [];
  produce(40);
  await startConsumer({ listener: collectInto(seen) });
  await cluster.clock.advance(10_000);
  cluster.broker().offsets.clear();
  await cluster.clock.advance(20_000);
  const committed = [0, 1, 2, 3].map((queueId) => cluster.broker().committed('CG', 'T', queueId));
  assert.deepEqual(committed, [10, 10, 10, 10]);
});

test('a member that the broker does not list says so before it gives up its queues', async () => {
  const first = await startConsumer({ listener: () => {} });
  const second = await startConsumer({ listener: () => {} });
  await cluster.clock.advance(3000);
  // Just after a heartbeat, so that the next one is no help.
  const beats = cluster.broker().count(RequestCode.HEART_BEAT);
  await cluster.until(() => cluster.broker().count(RequestCode.HEART_BEAT) >= beats + 2);
  const lost = new Set<number>();
  for (let round = 0; round < 20; round += 1) {
    cluster.broker().groups.get('CG')?.delete(first.clientId);
    await cluster.clock.advance(1000);
    lost.add(owned(first).length).add(owned(second).length);
  }
  assert.deepEqual([...lost], [2]);
});

test('a message is sent back once, however often it is refused', async () => {
  cluster.broker().append('T', 0, { body: bytes('x') });
  const consumer = await startConsumer();
  const stop = new AbortController();
  const reading = (async () => {
    for await (const message of consumer.messages({ signal: stop.signal })) {
      await message.retry();
      await message.retry();
      message.ack();
      stop.abort();
    }
  })();
  await cluster.run(reading);
  assert.equal(cluster.broker().count(RequestCode.CONSUMER_SEND_MSG_BACK), 1);
});

test('a consumer that is closing takes no further queues', async () => {
  produce(40);
  const stuck = () => new Promise<void>(() => {});
  const leaving = await startConsumer({ listener: stuck, closeTimeoutMs: 5000 });
  await cluster.clock.advance(100);
  const other = await startConsumer({ listener: () => {} });
  await cluster.clock.advance(3000);
  assert.equal(owned(leaving).length, 2);
  const closing = leaving.close();
  await cluster.run(other.close());
  const before = cluster.broker().count(RequestCode.PULL_MESSAGE);
  await cluster.clock.advance(3000);
  assert.equal(cluster.broker().count(RequestCode.PULL_MESSAGE), before);
  await cluster.run(closing);
});

test('closed at any moment, nothing is left', async () => {
  produce(20);
  for (let momentMs = 0; momentMs < 1500; momentMs += 70) {
    const consumer = new PushConsumer(
      {
        namesrvAddr: NAMESRV,
        group: `G${momentMs}`,
        subscriptions: { T: '*', Missing: '*' },
        consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
        listener: () => 'RECONSUME_LATER',
        closeTimeoutMs: 100,
      },
      clientEnvironment(cluster),
    );
    const started = consumer.start();
    await cluster.clock.advance(momentMs);
    await cluster.run(consumer.close());
    await cluster.run(started);
    await cluster.clock.advance(RETRY_DELAY_MS);
  }
  // Only the broker's own: the afterEach of every test says the same.
  await cluster.clock.advance(60_000);
  const busyBefore = cluster.broker().requests.length;
  await cluster.clock.advance(60_000);
  assert.equal(cluster.broker().requests.length, busyBefore, 'no client asks any more');
});

test('subscribe and unsubscribe while running', async () => {
  cluster.createTopic('U', 4);
  const seen: string[] = [];
  const consumer = await startConsumer({ listener: collectInto(seen) });
  await cluster.run(consumer.subscribe('U', 'A'));
  cluster.broker().append('U', 1, { body: bytes('u'), properties: property('TAGS', 'A') });
  await cluster.clock.advance(1000);
  assert.deepEqual(seen, ['u']);
  await cluster.run(consumer.unsubscribe('T'));
  produce(4);
  await cluster.clock.advance(1000);
  assert.deepEqual(seen, ['u']);
});

test('an SQL92 expression that the broker refuses stops the start', async () => {
  cluster.broker().fault = (request) =>
    request.code === RequestCode.CHECK_CLIENT_CONFIG
      ? createResponse(request, ResponseCode.SUBSCRIPTION_PARSE_FAILED, { remark: 'no such thing' })
      : undefined;
  const consumer = new PushConsumer(
    { namesrvAddr: NAMESRV, group: 'CG', subscriptions: { T: { sql92: 'a >' } } },
    clientEnvironment(cluster),
  );
  consumers.push(consumer);
  await assert.rejects(
    cluster.run(consumer.start()),
    (error) =>
      error instanceof ApogeeError &&
      error.responseCode === 23 &&
      /no such thing/.test(error.message),
  );
});

test('settings that make no sense are refused by name', () => {
  const make = (options: object) => () =>
    new PushConsumer(
      { namesrvAddr: NAMESRV, group: 'CG', subscriptions: { T: '*' }, ...options },
      clientEnvironment(cluster),
    );
  assert.throws(make({ messageModel: 'SHARED' }), /messageModel is SHARED; CLUSTERING or/);
  assert.throws(make({ consumeFromWhere: 'FIRST' }), /consumeFromWhere is FIRST/);
  assert.throws(make({ pullBatchSize: 1025 }), /pullBatchSize is 1025/);
  assert.throws(make({ consumeConcurrency: 0 }), /consumeConcurrency is 0/);
  assert.throws(make({ subscriptions: { 'a b': '*' } }), /illegal characters/);
  assert.throws(make({ subscriptions: { T: ' || ' } }), /no tag/);
  assert.throws(make({ namesrvAddr: 'nowhere' }), /nowhere is not host:port/);
});
