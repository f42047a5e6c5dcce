// SPDX-License-Identifier: Apache-2.0
/**
 * Goal: an offset is committed only when everything below it is consumed, and flow control counts
 * right. Method: random orders of arrival and completion against sets.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  defaultFlowLimits,
  MAX_CACHED_MESSAGES,
  MAX_OFFSET_SPAN,
  ProcessQueue,
  type QueueEntry,
} from '../../../src/client/process-queue.ts';

const queue = { topic: 'T', brokerName: 'b', queueId: 0 };

test('the offset to commit is the smallest one not finished, else one past the highest', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('add' as const), gap: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ kind: fc.constant('done' as const), pick: fc.nat() }),
    fc.record({ kind: fc.constant('skip' as const), gap: fc.integer({ min: 1, max: 4 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const processQueue = new ProcessQueue<string>(queue);
      const open = new Map<number, QueueEntry<string>>();
      let next = 0;
      for (const action of steps) {
        if (action.kind === 'add') {
          next += action.gap;
          const entry = processQueue.add(next - 1, 10, 'm');
          assert.ok(entry !== undefined);
          open.set(next - 1, entry);
        } else if (action.kind === 'skip') {
          next += action.gap;
          processQueue.advanceTo(next);
        } else if (open.size > 0) {
          const offsets = [...open.keys()];
          const offset = offsets[action.pick % offsets.length] ?? 0;
          const entry = open.get(offset);
          if (entry !== undefined) processQueue.complete(entry);
          open.delete(offset);
        }
        const expected = open.size > 0 ? Math.min(...open.keys()) : next === 0 ? undefined : next;
        assert.equal(processQueue.commitOffset, expected);
        assert.equal(processQueue.unackedCount, open.size);
        assert.equal(processQueue.unackedBytes, open.size * 10);
        const offsets = [...open.keys()].sort((a, b) => a - b);
        assert.deepEqual(
          processQueue.unfinished().map((entry) => entry.offset),
          offsets,
        );
      }
    }),
    { numRuns: 300 },
  );
});

test('a message is finished once, and an answer that comes twice adds nothing', () => {
  const processQueue = new ProcessQueue<string>(queue);
  const first = processQueue.add(0, 1, 'a');
  processQueue.add(1, 1, 'b');
  assert.equal(processQueue.add(1, 1, 'b again'), undefined);
  assert.equal(processQueue.add(0, 1, 'a again'), undefined);
  assert.ok(first !== undefined);
  processQueue.complete(first);
  processQueue.complete(first);
  assert.equal(processQueue.unackedCount, 1);
  assert.equal(processQueue.commitOffset, 1);
});

test('flow control begins one past each limit', () => {
  const full = new ProcessQueue<string>(queue);
  for (let offset = 0; offset < MAX_CACHED_MESSAGES; offset += 1) full.add(offset, 1, 'm');
  assert.equal(full.overLimit(defaultFlowLimits), undefined);
  full.add(MAX_CACHED_MESSAGES, 1, 'm');
  assert.match(full.overLimit(defaultFlowLimits) ?? '', /1001 messages/);

  const large = new ProcessQueue<string>(queue);
  large.add(0, defaultFlowLimits.maxBytes, 'm');
  assert.equal(large.overLimit(defaultFlowLimits), undefined);
  large.add(1, 1, 'm');
  assert.match(large.overLimit(defaultFlowLimits) ?? '', /bytes wait/);

  const wide = new ProcessQueue<string>(queue);
  wide.add(0, 1, 'm');
  wide.add(MAX_OFFSET_SPAN, 1, 'm');
  assert.equal(wide.overLimit(defaultFlowLimits), undefined);
  wide.add(MAX_OFFSET_SPAN + 1, 1, 'm');
  assert.match(wide.overLimit(defaultFlowLimits) ?? '', /offsets span 2001/);
});
