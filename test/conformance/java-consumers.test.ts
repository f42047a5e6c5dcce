// SPDX-License-Identifier: Apache-2.0
/**
 * Goal: official Java consumers 5.5.0 get from our broker what they subscribed to: each message
 * once where nothing fails, in order where order is promised, from where they stopped.
 * Method: several consumers in one JVM, each with a connection of its own.
 */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type JavaBench,
  javaSuite,
  type Queue,
  type ReceivedMessage,
  type Remote,
  received,
  type SentMessage,
} from './java-suite.ts';

const REBALANCE_TIMEOUT_MS = 30_000;

interface Pulled {
  readonly status: string;
  readonly nextBeginOffset: number;
  readonly minOffset: number;
  readonly maxOffset: number;
  readonly messages?: readonly ReceivedMessage[];
}

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => `m${String(from + index).padStart(3, '0')}`);

const bodies = (messages: readonly ReceivedMessage[]) => messages.map(({ body }) => body ?? '');

async function sendEach(producer: Remote, topic: string, wanted: readonly string[]) {
  for (const body of wanted) await producer.call('send', { topic, body });
}

/** Waits until the consumers hold `counts` queues, in any order of the consumers. */
async function balanced(consumers: readonly Remote[], counts: readonly number[]): Promise<void> {
  const endMs = performance.now() + REBALANCE_TIMEOUT_MS;
  for (;;) {
    const held = (await Promise.all(consumers.map((each) => each.call<Queue[]>('queues')))).map(
      // The group's retry topic is balanced too.
      (queues) => queues.filter((queue) => !queue.topic.startsWith('%RETRY%')),
    );
    const all = held.flat().map(({ brokerName, queueId }) => `${brokerName}:${queueId}`);
    const isDisjoint = new Set(all).size === all.length;
    const lengths = held.map(({ length }) => length).sort();
    if (isDisjoint && String(lengths) === String(counts)) return;
    if (performance.now() > endMs) assert.fail(`queues are held as ${lengths}, not as ${counts}`);
    await sleep(100);
  }
}

/** All that the consumers got, once there are `count` messages; then a moment for duplicates. */
async function gathered(consumers: readonly Remote[], count: number): Promise<string[]> {
  const endMs = performance.now() + REBALANCE_TIMEOUT_MS;
  for (;;) {
    const all = await Promise.all(consumers.map((each) => received(each, 0, 0)));
    if (all.flat().length >= count || performance.now() > endMs) break;
    await sleep(100);
  }
  await sleep(300);
  const all = await Promise.all(consumers.map((each) => received(each, 0, 0)));
  return bodies(all.flat()).sort();
}

async function tagFilter(bench: JavaBench): Promise<void> {
  const topic = await bench.topic(2);
  const producer = await bench.producer();
  for (const [index, tags] of ['A', 'B', 'C', 'A', 'D', 'C'].entries()) {
    await producer.call('send', { topic, body: `${tags}${index}`, tags });
  }
  await producer.call('send', { topic, body: 'untagged' });
  const consumer = await bench.remote('push', {
    ...{ topic, group: bench.name('Group'), expression: 'A || C' },
  });
  assert.deepEqual(bodies(await received(consumer, 4)).sort(), ['A0', 'A3', 'C2', 'C5']);
  // What comes later is filtered by the long poll that waits.
  await sleep(500);
  await producer.call('send', { topic, body: 'B late', tags: 'B' });
  await producer.call('send', { topic, body: 'C late', tags: 'C' });
  assert.equal((await received(consumer, 5)).at(-1)?.body, 'C late');
  await sleep(300);
  assert.equal((await received(consumer, 0, 0)).length, 5);
  await consumer.stop();
  await producer.stop();
}

async function clustering(bench: JavaBench): Promise<void> {
  const topic = await bench.topic(6);
  const group = bench.name('Group');
  const producer = await bench.producer();
  const consumers = [
    await bench.remote('push', { topic, group }),
    await bench.remote('push', { topic, group }),
    await bench.remote('push', { topic, group }),
  ];
  await balanced(consumers, [2, 2, 2]);
  await sendEach(producer, topic, numbers(0, 60));
  assert.deepEqual(await gathered(consumers, 60), numbers(0, 60));
  const shares = await Promise.all(consumers.map((each) => received(each, 0, 0)));
  assert.ok(shares.every(({ length }) => length > 0));
  // A queue may go to a consumer before its last one tells how far it came.
  for (const consumer of consumers) await consumer.call('persist');
  await sleep(500);

  const leaver = consumers.pop();
  const leaverBodies = bodies(await received(leaver as Remote, 0, 0));
  await leaver?.stop();
  await balanced(consumers, [3, 3]);
  await sendEach(producer, topic, numbers(60, 120));
  const rest = numbers(0, 120).filter((body) => !leaverBodies.includes(body));
  assert.deepEqual(await gathered(consumers, rest.length), rest);
  for (const consumer of consumers) await consumer.stop();
  await producer.stop();
}

async function broadcasting(bench: JavaBench): Promise<void> {
  const topic = await bench.topic(4);
  const group = bench.name('Group');
  const producer = await bench.producer();
  const consumers = [
    await bench.remote('push', { topic, group, broadcasting: true }),
    await bench.remote('push', { topic, group, broadcasting: true }),
  ];
  await balanced(consumers.slice(0, 1), [4]);
  await balanced(consumers.slice(1), [4]);
  await sendEach(producer, topic, numbers(0, 20));
  for (const consumer of consumers) {
    assert.deepEqual(await gathered([consumer], 20), numbers(0, 20));
    await consumer.stop();
  }
  await producer.stop();
}

async function ordered(bench: JavaBench): Promise<void> {
  const topic = await bench.topic(4);
  const group = bench.name('Group');
  const producer = await bench.producer();
  const orders = numbers(0, 80);
  const sendOrders = async (wanted: readonly string[]) => {
    for (const [index, body] of wanted.entries()) {
      await producer.call('sendOrdered', { topic, body, shard: index % 4 });
    }
  };
  const consumers = [
    await bench.remote('push', { topic, group, orderly: true }),
    await bench.remote('push', { topic, group, orderly: true }),
  ];
  await balanced(consumers, [2, 2]);
  await sendOrders(orders.slice(0, 40));
  assert.deepEqual(await gathered(consumers, 40), orders.slice(0, 40));
  for (const consumer of consumers) assertOrderInQueues(await received(consumer, 0, 0));

  // Stopping gives the locks back, so that the other one goes on at once.
  const leaver = consumers.pop();
  const before = bodies(await received(leaver as Remote, 0, 0));
  await leaver?.stop();
  await balanced(consumers, [4]);
  await sendOrders(orders.slice(40));
  const rest = orders.filter((body) => !before.includes(body));
  assert.deepEqual(await gathered(consumers, rest.length), rest);
  assertOrderInQueues(await received(consumers[0] as Remote, 0, 0));
  await consumers[0]?.stop();
  await producer.stop();
}

function assertOrderInQueues(messages: readonly ReceivedMessage[]): void {
  const last = new Map<number, number>();
  for (const { queueId, queueOffset } of messages) {
    assert.ok(queueOffset > (last.get(queueId) ?? -1), `queue ${queueId} went backwards`);
    last.set(queueId, queueOffset);
  }
}

async function offsetResume(bench: JavaBench): Promise<void> {
  const topic = await bench.topic(3);
  const group = bench.name('Group');
  const producer = await bench.producer();
  await sendEach(producer, topic, numbers(0, 15));
  const first = await bench.remote('push', { topic, group });
  assert.deepEqual(await gathered([first], 15), numbers(0, 15));
  await first.stop();
  await sendEach(producer, topic, numbers(15, 25));
  const second = await bench.remote('push', { topic, group });
  assert.deepEqual(await gathered([second], 10), numbers(15, 25));
  await second.stop();
  await producer.stop();
}

async function longPolling(bench: JavaBench): Promise<void> {
  const topic = await bench.topic(1);
  const producer = await bench.producer();
  const consumer = await bench.remote('push', { topic, group: bench.name('Group') });
  await producer.call('send', { topic, body: 'first' });
  await received(consumer, 1);
  await sleep(1000);
  for (let round = 2; round <= 4; round += 1) {
    const startMs = performance.now();
    await producer.call('send', { topic, body: `round ${round}` });
    assert.equal((await received(consumer, round)).length, round);
    const tookMs = performance.now() - startMs;
    assert.ok(tookMs < 2000, `a waiting consumer got its message after ${tookMs} ms`);
  }
  await consumer.stop();
  await producer.stop();
}

async function consumerRetry(bench: JavaBench): Promise<void> {
  const topic = await bench.topic(1);
  const group = bench.name('Group');
  const producer = await bench.producer();
  const sent = await producer.call<SentMessage>('send', {
    ...{ topic, body: 'try again', tags: 'TagA', keys: 'k1' },
  });
  // The first consumer of a group makes its retry topic, whose route a client reads at its start.
  await (await bench.remote('push', { group, topic: await bench.topic(1) })).stop();
  const consumer = await bench.remote('push', { topic, group, failures: 1 });
  const [first, again] = await received(consumer, 2);
  assert.ok(first !== undefined && again !== undefined);
  assert.deepEqual([first.reconsumeTimes, again.reconsumeTimes], [0, 1]);
  assert.deepEqual([again.topic, again.body, again.tags], [topic, 'try again', 'TagA']);
  assert.equal(again.msgId, sent.msgId);
  assert.equal(again.properties['ORIGIN_MESSAGE_ID'], sent.offsetMsgId);
  assert.equal(again.properties['RETRY_TOPIC'], topic);
  assert.equal(again.bornTimestamp, first.bornTimestamp);
  await sleep(500);
  assert.equal((await received(consumer, 0, 0)).length, 2);
  await consumer.stop();
  await producer.stop();
}

async function litePull(bench: JavaBench): Promise<void> {
  const topic = await bench.topic(4);
  const group = bench.name('Group');
  const producer = await bench.producer();
  await sendEach(producer, topic, numbers(0, 20));
  const poll = (consumer: Remote, atLeast: number) =>
    consumer.call<ReceivedMessage[]>('poll', { atLeast, timeoutMs: 40_000 });
  const first = await bench.remote('lite', { topic, group });
  assert.deepEqual(bodies(await poll(first, 20)).sort(), numbers(0, 20));
  const committed = await first.call<{ offset: number }[]>('commit');
  assert.equal(
    committed.reduce((sum, { offset }) => sum + offset, 0),
    20,
  );
  await first.stop();
  await sendEach(producer, topic, numbers(20, 25));
  const second = await bench.remote('lite', { topic, group });
  assert.deepEqual(bodies(await poll(second, 5)).sort(), numbers(20, 25));
  await second.stop();
  const assigned = await bench.remote('lite', { topic, group: bench.name('Group'), assign: true });
  await assigned.call('seekToBegin');
  assert.deepEqual(bodies(await poll(assigned, 25)).sort(), numbers(0, 25));
  await assigned.stop();
  await producer.stop();
}

async function pull(bench: JavaBench): Promise<void> {
  const topic = await bench.topic(1);
  const producer = await bench.producer();
  const consumer = await bench.remote('pull', { group: bench.name('Group') });
  const [queue] = await consumer.call<Queue[]>('queues', { topic });
  const ask = (fields: Readonly<Record<string, unknown>>) =>
    consumer.call<Pulled>('pull', { queue, expression: '*', offset: 0, ...fields });
  const waiting = ask({ block: true });
  await sleep(500);
  await producer.call('send', { topic, body: 'm000', tags: 'A' });
  assert.deepEqual(bodies((await waiting).messages ?? []), ['m000']);
  await sendEach(producer, topic, numbers(1, 40));
  await ask({ offset: 39, block: true });
  const found = await ask({});
  assert.deepEqual(bodies(found.messages ?? []), numbers(0, 32));
  assert.deepEqual(
    [found.status, found.nextBeginOffset, found.minOffset, found.maxOffset],
    ['FOUND', 32, 0, 40],
  );
  assert.equal((await ask({ most: 3, offset: 5 })).nextBeginOffset, 8);
  const atEnd = await ask({ offset: 40 });
  assert.deepEqual([atEnd.status, atEnd.nextBeginOffset], ['NO_NEW_MSG', 40]);
  const beyond = await ask({ offset: 1000 });
  assert.deepEqual([beyond.status, beyond.nextBeginOffset], ['OFFSET_ILLEGAL', 40]);
  const unmatched = await ask({ expression: 'Nobody' });
  assert.equal(unmatched.status, 'NO_MATCHED_MSG');
  await consumer.call('updateOffset', { queue, offset: 17 });
  for (let attempt = 0; attempt < 20; attempt += 1) {
    if ((await consumer.call('offset', { queue })) === 17) break;
    await sleep(100);
  }
  assert.equal(await consumer.call('offset', { queue }), 17);
  await consumer.stop();
  await producer.stop();
}

async function offsets(bench: JavaBench): Promise<void> {
  const topic = await bench.topic(1);
  const producer = await bench.producer();
  const consumer = await bench.remote('pull', { group: bench.name('Group') });
  const [queue] = await consumer.call<Queue[]>('queues', { topic });
  const stored: ReceivedMessage[] = [];
  for (const body of numbers(0, 3)) {
    const sent = await producer.call<SentMessage>('send', { topic, body });
    const fields = { queue, expression: '*', offset: sent.queueOffset, block: true };
    const { messages } = await consumer.call<Pulled>('pull', fields);
    stored.push(...(messages ?? []));
    await sleep(20);
  }
  const admin = await bench.admin();
  const at = (time: number) => admin.call<Record<string, number>>('offsets', { queue, time });
  const [first, second] = stored.map(({ storeTimestamp }) => storeTimestamp);
  assert.ok(first !== undefined && second !== undefined);
  assert.deepEqual(await at(second), { min: 0, max: 3, earliestStoreTime: first, byTime: 1 });
  assert.equal((await at(second + 1))['byTime'], 2);
  assert.equal((await at(0))['byTime'], 0);
  assert.equal((await at(4_000_000_000_000))['byTime'], 3);
  await consumer.stop();
  await producer.stop();
}

const SIDE_BY_SIDE = 3;

javaSuite('Java consumers', SIDE_BY_SIDE, {
  'a tag expression selects messages, stored and new': tagFilter,
  'three consumers share a topic, and two take over when one leaves': clustering,
  'every broadcasting consumer gets everything': broadcasting,
  'queues are consumed in order by one consumer at a time': ordered,
  'a group goes on where it stopped': offsetResume,
  'a waiting consumer gets a new message at once': longPolling,
  'a message consumed later comes back with reconsumeTimes 1': consumerRetry,
  'DefaultLitePullConsumer polls, commits, resumes, seeks': litePull,
  'DefaultMQPullConsumer sees every pull status': pull,
  'offsets are found by extremes and by time': offsets,
});
