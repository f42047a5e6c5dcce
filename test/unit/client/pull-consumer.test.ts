// SPDX-License-Identifier: Apache-2.0
/** Goal: an application reads any queue at any offset. Method: a cluster in memory. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { PullConsumer, type PullConsumerOptions } from '../../../src/client/pull-consumer.ts';
import { ApogeeError } from '../../../src/core/errors.ts';
import type { MessageQueue } from '../../../src/protocol/message-queue.ts';
import { clientEnvironment } from '../../helpers/client-environment.ts';
import { FakeCluster, NAMESRV } from '../../helpers/fake-cluster.ts';

let cluster: FakeCluster;
let consumer: PullConsumer;
let queues: readonly MessageQueue[];

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function append(queueId: number, body: string, tag = 'A'): void {
  const properties = `TAGS\u0001${tag}\u0002`;
  cluster.broker().append('T', queueId, { body: bytes(body), properties });
}

beforeEach(async () => {
  cluster = await FakeCluster.start(1);
  cluster.createTopic('T', 2);
  consumer = await start();
  queues = await cluster.run(consumer.queues('T'));
});

async function start(options: Partial<PullConsumerOptions> = {}): Promise<PullConsumer> {
  const settings = { namesrvAddr: NAMESRV, group: 'CG', ...options };
  const made = new PullConsumer(settings, clientEnvironment(cluster));
  await made.start();
  return made;
}

afterEach(async () => {
  await cluster.run(consumer.close());
  await cluster.close();
  assert.equal(cluster.clock.pending, 0, 'no timer is left');
});

function queue(id: number): MessageQueue {
  const found = queues[id];
  assert.ok(found !== undefined);
  return found;
}

test('a pull says what it found and where to go on', async () => {
  append(0, 'a');
  append(0, 'b', 'B');
  append(0, 'c');
  const all = await cluster.run(consumer.pull(queue(0), 0));
  assert.deepEqual(
    all.messages.map((message) => message.text()),
    ['a', 'b', 'c'],
  );
  assert.deepEqual([all.status, all.nextOffset, all.minOffset, all.maxOffset], ['FOUND', 3, 0, 3]);
  const one = await cluster.run(consumer.pull(queue(0), 1, { maxMessages: 1 }));
  assert.deepEqual([one.messages[0]?.text(), one.nextOffset], ['b', 2]);
  const tagged = await cluster.run(consumer.pull(queue(0), 1, { expression: 'B' }));
  assert.equal(tagged.messages.length, 1);
  const other = await cluster.run(consumer.pull(queue(0), 2, { expression: 'B' }));
  assert.deepEqual([other.status, other.nextOffset], ['NO_MATCHED_MESSAGE', 3]);
  const end = await cluster.run(consumer.pull(queue(0), 3));
  assert.deepEqual([end.status, end.nextOffset], ['NO_NEW_MESSAGE', 3]);
  const beyond = await cluster.run(consumer.pull(queue(0), 99));
  assert.deepEqual([beyond.status, beyond.nextOffset], ['OFFSET_ILLEGAL', 3]);
});

test('a pull that may wait ends with the message, the time or the abort', async () => {
  const waiting = consumer.pull(queue(1), 0, { timeoutMs: 10_000 });
  await cluster.clock.advance(2000);
  append(1, 'late');
  assert.equal((await cluster.run(waiting, 50)).messages[0]?.text(), 'late');
  const startMs = cluster.clock.nowMs();
  const empty = await cluster.run(consumer.pull(queue(0), 0, { timeoutMs: 4000 }));
  assert.equal(empty.status, 'NO_NEW_MESSAGE');
  assert.ok(cluster.clock.nowMs() - startMs >= 4000);
  const stop = new AbortController();
  const aborted = consumer.pull(queue(0), 0, { timeoutMs: 4000, signal: stop.signal });
  await cluster.clock.advance(100);
  stop.abort(new Error('enough'));
  await assert.rejects(cluster.run(aborted, 20), /enough/);
});

test('offsets: minimum, maximum, by time, committed', async () => {
  append(0, 'a');
  await cluster.clock.advance(1000);
  const betweenMs = cluster.clock.nowMs();
  append(0, 'b');
  const ask = <T>(work: Promise<T>): Promise<T> => cluster.run(work);
  assert.equal(await ask(consumer.minOffset(queue(0))), 0);
  assert.equal(await ask(consumer.maxOffset(queue(0))), 2);
  assert.equal(await ask(consumer.offsetForTime(queue(0), betweenMs)), 1);
  assert.equal(await ask(consumer.offsetForTime(queue(0), betweenMs + 60_000)), 2);
  assert.equal(await ask(consumer.committed(queue(0))), undefined);
  await ask(consumer.commit(queue(0), 1));
  assert.equal(await ask(consumer.committed(queue(0))), 1);
});

test('for await from the offset sought, then from the one committed', async () => {
  for (let index = 0; index < 10; index += 1) append(index % 2, `m${index}`);
  consumer.assign(queues);
  consumer.seek(queue(0), 3);
  consumer.seek(queue(1), 4);
  const seen = await cluster.run(take(consumer, 3));
  assert.deepEqual(seen.sort(), ['m6', 'm8', 'm9']);
  await cluster.run(consumer.commitAll());
  assert.equal(cluster.broker().committed('CG', 'T', 1), 5);
  append(0, 'new');
  const successor = await start({ consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET' });
  successor.assign(await cluster.run(successor.queues('T')));
  assert.deepEqual(await cluster.run(take(successor, 1)), ['new']);
  await cluster.run(successor.close());
});

/** The first n bodies; the last one counts as taken too. */
async function take(from: PullConsumer, count: number): Promise<string[]> {
  const seen: string[] = [];
  const stop = new AbortController();
  for await (const message of from.messages({ signal: stop.signal })) {
    seen.push(message.text());
    if (seen.length === count) stop.abort();
  }
  return seen;
}

test('where reading begins without a position', async () => {
  append(0, 'old');
  const late = await start({ group: 'late' });
  late.assign(await cluster.run(late.queues('T')));
  const reading = take(late, 1);
  await cluster.clock.advance(1000);
  append(1, 'new');
  assert.deepEqual(await cluster.run(reading), ['new']);
  await cluster.run(late.close());
});

test('misuse is refused in words', async () => {
  await assert.rejects(async () => consumer.messages().next(), /no queue is assigned/);
  const refused = (work: Promise<unknown>, text: RegExp): Promise<void> =>
    assert.rejects(
      cluster.run(work),
      (error) => error instanceof ApogeeError && text.test(error.message),
    );
  await refused(consumer.pull(queue(0), -1), /offset is -1/);
  await refused(consumer.pull(queue(0), 0, { maxMessages: 1025 }), /maxMessages is 1025/);
  await refused(consumer.queues('Unknown'), /Unknown does not exist/);
  const idle = new PullConsumer({ namesrvAddr: NAMESRV, group: 'CG' }, clientEnvironment(cluster));
  await refused(idle.queues('T'), /consumer is not started/);
  await cluster.run(idle.close());
});
