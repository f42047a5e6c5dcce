// SPDX-License-Identifier: Apache-2.0
/** Goal: errors for people are one sentence with the cure, and stopping closes everything. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closeAll, nodeFault, sentence } from '../../../src/bin/run.ts';
import { ApogeeError } from '../../../src/core/errors.ts';

test('a Node that is too old is named with the cure', () => {
  assert.equal(nodeFault('18.20.4'), 'Node 18.20.4 is too old; install Node 20 or newer');
  assert.equal(nodeFault('20.0.0'), undefined);
  assert.equal(nodeFault('26.1.0'), undefined);
});

test('a sentence has the cure when there is one', () => {
  const error = new ApogeeError('PORT_IN_USE', 'port 1 is used', { cure: 'choose another' });
  assert.equal(sentence(error), 'port 1 is used; choose another');
  assert.equal(sentence(new Error('broken')), 'broken');
  assert.equal(sentence('text'), 'text');
});

test('an error of the system says which path and what to do', () => {
  const error = Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC', path: '/d/x' });
  assert.equal(sentence(error), '/d/x: no space is left; free some, or choose another path');
  const other = Object.assign(new Error('EIO: input/output error'), { code: 'EIO', path: '/d/x' });
  assert.equal(sentence(other), 'EIO: input/output error');
});

test('everything is closed last to first, and the first failure is told at the end', async () => {
  const closed: string[] = [];
  const part = (name: string, fails = false) => ({
    close: async () => {
      closed.push(name);
      if (fails) throw new Error(`${name} failed`);
    },
  });
  await assert.rejects(closeAll([part('a'), part('b', true), part('c', true)]), /c failed/);
  assert.deepEqual(closed, ['c', 'b', 'a']);
});
