// SPDX-License-Identifier: Apache-2.0
/** Goal: each message goes to exactly one taker, in order, and nobody waits for ever. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Delivery } from '../../../src/client/delivery.ts';
import { ProcessQueue, type QueueEntry } from '../../../src/client/process-queue.ts';

const queue = { topic: 'T', brokerName: 'b', queueId: 0 };

function entries(count: number): { owner: ProcessQueue<number>; all: QueueEntry<number>[] } {
  const owner = new ProcessQueue<number>(queue);
  const all = Array.from({ length: count }, (_, offset) => owner.add(offset, 1, offset));
  return { owner, all: all.filter((entry) => entry !== undefined) };
}

test('keeps order, across waiting and not waiting takers', async () => {
  const delivery = new Delivery<number>();
  const { all } = entries(1000);
  const early = [delivery.take(), delivery.take()];
  for (const entry of all) delivery.push(entry);
  const got = await Promise.all(early);
  for (let index = 2; index < 1000; index += 1) got.push(await delivery.take());
  assert.deepEqual(
    got.map((entry) => entry?.message),
    all.map((entry) => entry.message),
  );
});

test('a taker that aborts gets nothing, and takes nothing from others', async () => {
  const delivery = new Delivery<number>();
  const stop = new AbortController();
  const aborted = delivery.take(stop.signal);
  const patient = delivery.take();
  stop.abort();
  assert.equal(await aborted, undefined);
  const { all } = entries(1);
  for (const entry of all) delivery.push(entry);
  assert.equal((await patient)?.message, 0);
  assert.equal(await delivery.take(stop.signal), undefined);
});

test('messages of a queue that was lost are not delivered', async () => {
  const delivery = new Delivery<number>();
  const lost = entries(3);
  const kept = entries(1);
  for (const entry of [...lost.all, ...kept.all]) delivery.push(entry);
  lost.owner.revoked = true;
  assert.equal((await delivery.take())?.owner, kept.owner);
});

test('close ends every wait', async () => {
  const delivery = new Delivery<number>();
  const waiting = [delivery.take(), delivery.take()];
  delivery.close();
  assert.deepEqual(await Promise.all(waiting), [undefined, undefined]);
  for (const entry of entries(1).all) delivery.push(entry);
  assert.equal(await delivery.take(), undefined);
});
