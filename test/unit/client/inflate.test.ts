// SPDX-License-Identifier: Apache-2.0
/** Goal: zlib bodies come back whole, broken and boastful ones are refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { inflateZlib, MAX_INFLATED_BYTES } from '../../../src/client/inflate.ts';
import { ApogeeError } from '../../../src/core/errors.ts';

const invalid = (text: RegExp) => (error: unknown) =>
  error instanceof ApogeeError && error.code === 'BODY_INVALID' && text.test(error.message);

test('round trip from empty to large', async () => {
  for (const size of [0, 1, 65_536, 3_000_000]) {
    const bytes = Uint8Array.from({ length: size }, (_, index) => (index * 31) & 0xff);
    assert.deepEqual(await inflateZlib(deflateSync(bytes)), bytes);
  }
});

test('what is no zlib data, or only a part, is refused', async () => {
  const whole = deflateSync(Buffer.from('hello hello hello'));
  await assert.rejects(inflateZlib(Buffer.from('plain text')), invalid(/not valid zlib/));
  await assert.rejects(inflateZlib(whole.subarray(0, whole.length - 5)), invalid(/not valid zlib/));
  await assert.rejects(inflateZlib(new Uint8Array(0)), invalid(/not valid zlib/));
});

test('at the limit, and one byte past it', async () => {
  const limit = 100_000;
  const at = deflateSync(new Uint8Array(limit));
  assert.equal((await inflateZlib(at, limit)).length, limit);
  const past = deflateSync(new Uint8Array(limit + 1));
  await assert.rejects(inflateZlib(past, limit), invalid(/more than 100000 bytes/));
  const bomb = deflateSync(new Uint8Array(MAX_INFLATED_BYTES + 1));
  await assert.rejects(inflateZlib(bomb), invalid(/more than 67108864 bytes/));
});
