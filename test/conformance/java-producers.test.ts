// SPDX-License-Identifier: Apache-2.0
/**
 * Goal: the official Java producer 5.5.0 works with our broker, whatever it sends and however.
 * Method: send with it, read back with the official consumers, once per header encoding.
 */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { JavaError } from '../helpers/java.ts';
import {
  type JavaBench,
  javaSuite,
  type ReceivedMessage,
  type Remote,
  received,
  type SentMessage,
} from './java-suite.ts';

/** Every message of a topic, by a consumer that starts at its beginning. */
async function contents(bench: JavaBench, topic: string, count: number) {
  const consumer = await bench.remote('push', { topic, group: bench.name('Readers') });
  try {
    return await received(consumer, count);
  } finally {
    await consumer.stop();
  }
}

const bodies = (messages: readonly ReceivedMessage[]) => messages.map(({ body }) => body).sort();

function send(producer: Remote, fields: Readonly<Record<string, unknown>>): Promise<SentMessage> {
  return producer.call<SentMessage>('send', fields);
}

async function synchronousSend(bench: JavaBench): Promise<void> {
  const topic = await bench.topic(1);
  const producer = await bench.producer();
  const properties = { order: '12', Ünï: 'cödé 标签', punctuation: '=,;' };
  const sent = await send(producer, {
    ...{ topic, body: 'héllo 消息', tags: 'TagA', keys: 'k1 k2', flag: 7, properties },
  });
  assert.equal(sent.status, 'SEND_OK');
  assert.deepEqual([sent.queueId, sent.queueOffset], [0, 0]);
  assert.deepEqual([sent.regionId, sent.traceOn], ['DefaultRegion', true]);
  assert.equal(sent.transactionId, sent.msgId);
  const [message] = await contents(bench, topic, 1);
  assert.ok(message !== undefined);
  assert.equal(message.body, 'héllo 消息');
  assert.deepEqual([message.tags, message.keys, message.flag], ['TagA', 'k1 k2', 7]);
  for (const [name, value] of Object.entries(properties)) {
    assert.equal(message.properties[name], value, name);
  }
  assert.equal(message.properties['CLUSTER'], 'DefaultCluster');
  assert.equal(message.msgId, sent.msgId);
  assert.equal(message.offsetMsgId, sent.offsetMsgId);
  assert.match(message.bornHost, /^127\.0\.0\.1:/);
  assert.equal(message.storeHost, bench.cluster.brokerAddr);
  assert.ok(Math.abs(message.storeTimestamp - message.bornTimestamp) < 10_000);
  await producer.stop();
}

async function asynchronousSends(bench: JavaBench): Promise<void> {
  const topic = await bench.topic();
  const producer = await bench.producer();
  const results = await Promise.all(
    Array.from({ length: 40 }, (_, n) =>
      producer.call<SentMessage>('sendAsync', { topic, body: `async-${n}` }),
    ),
  );
  assert.ok(results.every(({ status }) => status === 'SEND_OK'));
  const places = new Set(results.map((each) => `${each.queueId}:${each.queueOffset}`));
  assert.equal(places.size, 40);
  const expected = Array.from({ length: 40 }, (_, n) => `async-${n}`).sort();
  assert.deepEqual(bodies(await contents(bench, topic, 40)), expected);
  await producer.stop();
}

async function onewaySends(bench: JavaBench): Promise<void> {
  const topic = await bench.topic();
  const producer = await bench.producer();
  const expected = Array.from({ length: 10 }, (_, n) => `oneway-${n}`);
  for (const body of expected) await producer.call('sendOneway', { topic, body });
  assert.deepEqual(bodies(await contents(bench, topic, 10)), expected.sort());
  await producer.stop();
}

async function batch(bench: JavaBench): Promise<void> {
  const topic = await bench.topic(1);
  const producer = await bench.producer();
  const messages = Array.from({ length: 10 }, (_, n) => ({
    ...{
      topic,
      body: `batch-${n}`,
      tags: `T${n}`,
      keys: `key-${n}`,
      properties: { n: `${n}` },
    },
  }));
  const sent = await producer.call<SentMessage>('sendBatch', { messages });
  assert.equal(sent.status, 'SEND_OK');
  assert.equal(sent.queueOffset, 0);
  assert.equal(sent.msgId.split(',').length, 10);
  assert.equal(sent.offsetMsgId.split(',').length, 10);
  const stored = await contents(bench, topic, 10);
  stored.sort((left, right) => left.queueOffset - right.queueOffset);
  assert.deepEqual(
    stored.map(({ body, tags, keys, properties }) => [body, tags, keys, properties['n']]),
    messages.map(({ body, tags, keys, properties }) => [body, tags, keys, properties.n]),
  );
  assert.deepEqual(
    stored.map(({ msgId }) => msgId),
    sent.msgId.split(','),
  );
  assert.deepEqual(
    stored.map(({ offsetMsgId }) => offsetMsgId),
    sent.offsetMsgId.split(','),
  );
  await producer.stop();
}

async function compressedBody(bench: JavaBench): Promise<void> {
  const topic = await bench.topic(1);
  const producer = await bench.producer({ compressOver: 4096 });
  await send(producer, { topic, bodySize: 100_000 });
  const [message] = await contents(bench, topic, 1);
  assert.equal(message?.bodySize, 100_000);
  assert.ok((message?.storeSize ?? 0) < 5000, 'stored compressed');
  await producer.stop();
}

async function chosenQueue(bench: JavaBench): Promise<void> {
  const topic = await bench.topic(4);
  const producer = await bench.producer();
  for (let shard = 0; shard < 8; shard += 1) {
    const fields = { topic, shard, body: `shard-${shard}` };
    const sent = await producer.call<SentMessage>('sendOrdered', fields);
    assert.deepEqual([sent.queueId, sent.queueOffset], [shard % 4, Math.floor(shard / 4)]);
  }
  await producer.stop();
}

async function unknownTopic(bench: JavaBench): Promise<void> {
  const topic = bench.name('AutoCreated');
  const producer = await bench.producer();
  const sent = await send(producer, { topic, body: 'first' });
  assert.equal(sent.status, 'SEND_OK');
  assert.equal((await contents(bench, topic, 1))[0]?.body, 'first');
  assert.equal((await producer.call<unknown[]>('queues', { topic })).length, 4);
  await producer.stop();
}

async function bodyLimit(bench: JavaBench): Promise<void> {
  const topic = await bench.topic(1);
  const producer = await bench.producer();
  const limit = 4 * 1024 * 1024;
  assert.equal((await send(producer, { topic, bodySize: limit })).status, 'SEND_OK');
  await assert.rejects(
    send(producer, { topic, bodySize: limit + 1 }),
    (error) => error instanceof JavaError && error.code === 13,
  );
  assert.equal((await contents(bench, topic, 1))[0]?.bodySize, limit);
  await producer.stop();
}

async function readOnlyTopic(bench: JavaBench): Promise<void> {
  const topic = await bench.topic(2, 4);
  const producer = await bench.producer();
  await assert.rejects(send(producer, { topic, body: 'x' }), /No route info of this topic/);
  await producer.stop();
}

async function fastPort(bench: JavaBench): Promise<void> {
  const topic = await bench.topic(1);
  const producer = await bench.producer({ vip: true });
  assert.equal((await send(producer, { topic, body: 'vip' })).status, 'SEND_OK');
  await producer.stop();
}

async function parallelLoad(bench: JavaBench): Promise<void> {
  const topic = await bench.topic(8);
  const producer = await bench.producer();
  const count = 4000;
  const load = await producer.call('load', { topic, count, threads: 16 });
  assert.deepEqual(load, { failed: 0 });
  const stored = await contents(bench, topic, count);
  const expected = Array.from({ length: count }, (_, n) => `load-${n}`).sort();
  assert.deepEqual(bodies(stored), expected);
  await producer.stop();
}

async function findMessages(bench: JavaBench): Promise<void> {
  const topic = await bench.topic(1);
  const producer = await bench.producer();
  const sent = await send(producer, { topic, body: 'find me', keys: 'needle straw' });
  const admin = await bench.admin();
  const byOffsetId = await admin.call<ReceivedMessage>('viewMessage', {
    topic,
    msgId: sent.offsetMsgId,
  });
  assert.deepEqual([byOffsetId.body, byOffsetId.topic], ['find me', topic]);
  for (const key of ['needle', 'straw']) {
    const found = await indexed(admin, topic, key);
    assert.deepEqual(
      found.map(({ body }) => body),
      ['find me'],
      key,
    );
  }
  await producer.stop();
}

/** The index is filled shortly after the answer. */
async function indexed(admin: Remote, topic: string, key: string): Promise<ReceivedMessage[]> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await admin.call<ReceivedMessage[]>('queryMessage', { topic, key });
    } catch (error) {
      if (!(error instanceof JavaError) || attempt === 40) throw error;
      await sleep(250);
    }
  }
}

const SIDE_BY_SIDE = 3;

javaSuite('Java producer', SIDE_BY_SIDE, {
  'a synchronous send is stored with all it carries': synchronousSend,
  'asynchronous sends are each answered with their own place': asynchronousSends,
  'oneway sends arrive': onewaySends,
  'a batch is stored message by message': batch,
  'a compressed body comes back as it was': compressedBody,
  'the queue a selector chooses is the queue a message goes to': chosenQueue,
  'a topic nobody created is made from TBW102 at the first send': unknownTopic,
  'a body at the limit is stored, one byte more is refused with code 13': bodyLimit,
  'a read-only topic has no route for a producer': readOnlyTopic,
  'the fast port takes sends': fastPort,
  'under parallel load every body is stored once': parallelLoad,
  'messages are found by their ids and keys': findMessages,
});
