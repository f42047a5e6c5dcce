// SPDX-License-Identifier: Apache-2.0
/**
 * Goal: members of a group share queues without gap or overlap, exactly as Apache's clients do.
 * Method: all sizes up to 40 x 12 against the formula of the specification, written out slowly.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allocateAveragely } from '../../../src/client/allocate-average.ts';
import type { MessageQueue } from '../../../src/protocol/message-queue.ts';

const queues = (count: number): MessageQueue[] =>
  Array.from({ length: count }, (_, queueId) => ({ topic: 'T', brokerName: 'b', queueId }));
const members = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `c${String(index).padStart(3, '0')}`);

/** Spec remoting §4.5, row AVG. */
function oracle(queueCount: number, memberCount: number, i: number): number[] {
  const m = queueCount % memberCount;
  let size = 1;
  if (queueCount > memberCount) size = Math.floor(queueCount / memberCount) + (i < m ? 1 : 0);
  const start = m > 0 && i < m ? i * size : i * size + m;
  const taken: number[] = [];
  for (let step = 0; step < Math.min(size, queueCount - start); step += 1) taken.push(start + step);
  return taken;
}

test('equals the formula for every size', () => {
  for (let queueCount = 0; queueCount <= 40; queueCount += 1) {
    for (let memberCount = 1; memberCount <= 12; memberCount += 1) {
      const all = queues(queueCount);
      const ids = members(memberCount);
      const seen: number[] = [];
      ids.forEach((id, index) => {
        const got = allocateAveragely(all, ids, id).map((queue) => queue.queueId);
        const expected = oracle(queueCount, memberCount, index);
        assert.deepEqual(got, expected, `${queueCount} queues, ${memberCount} members, ${index}`);
        seen.push(...got);
      });
      assert.deepEqual(
        seen,
        all.map((queue) => queue.queueId),
        'every queue has exactly one owner',
      );
    }
  }
});

test('one who is not a member gets nothing', () => {
  assert.deepEqual(allocateAveragely(queues(8), members(2), 'stranger'), []);
  assert.deepEqual(allocateAveragely(queues(8), [], 'stranger'), []);
});
