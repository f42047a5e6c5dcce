// SPDX-License-Identifier: Apache-2.0
/** Goal: a message that breaks a limit is refused before anything is sent, with limit and cure. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '../../../src/client/message.ts';
import { MAX_MESSAGE_BYTES, prepareBatch, prepareMessage } from '../../../src/client/outgoing.ts';
import { ApogeeError } from '../../../src/core/errors.ts';
import { decodeMessageBatch } from '../../../src/protocol/message-batch.ts';
import { MAX_PROPERTIES_BYTES, parseProperties } from '../../../src/protocol/message-properties.ts';

const prepare = (message: Message, sharding?: string) =>
  prepareMessage(message, MAX_MESSAGE_BYTES, () => 'KEY', sharding);

function refused(work: () => unknown, reason: RegExp): void {
  assert.throws(
    work,
    (error) =>
      error instanceof ApogeeError &&
      error.code === 'MESSAGE_INVALID' &&
      reason.test(error.message),
  );
}

test('text, tag, keys, properties and the two system properties', () => {
  const prepared = prepare(
    { topic: 'T', body: 'grüße', tags: 'A', keys: ['k1', 'k2'], properties: { p: 'v' }, flag: -1 },
    'shard',
  );
  assert.equal(new TextDecoder().decode(prepared.body), 'grüße');
  assert.equal(prepared.flag, -1);
  assert.deepEqual(Object.fromEntries(parseProperties(prepared.properties)), {
    p: 'v',
    TAGS: 'A',
    KEYS: 'k1 k2',
    __SHARDINGKEY: 'shard',
    UNIQ_KEY: 'KEY',
    WAIT: 'true',
  });
});

test('limits of the body: at the limit, one past it, and empty', () => {
  assert.equal(prepare({ topic: 'T', body: new Uint8Array(MAX_MESSAGE_BYTES) }).topic, 'T');
  const long = new Uint8Array(MAX_MESSAGE_BYTES + 1);
  refused(() => prepare({ topic: 'T', body: long }), /4194305 bytes, 4194304 at most/);
  refused(() => prepare({ topic: 'T', body: '' }), /body is empty/);
});

test('limits of the properties: at the limit and one past it', () => {
  const fixed = prepare({ topic: 'T', body: 'x', properties: { p: 'v' } }).properties.length - 1;
  const room = MAX_PROPERTIES_BYTES - fixed;
  const at = prepare({ topic: 'T', body: 'x', properties: { p: 'v'.repeat(room) } });
  assert.equal(at.properties.length, MAX_PROPERTIES_BYTES);
  refused(
    () => prepare({ topic: 'T', body: 'x', properties: { p: 'v'.repeat(room + 1) } }),
    /32768 bytes, 32767 at most/,
  );
});

test('names and values that the encoding cannot carry, and reserved names', () => {
  const bad: [Record<string, string>, RegExp][] = [
    [{ KEYS: 'x' }, /KEYS is reserved/],
    [{ UNIQ_KEY: 'x' }, /UNIQ_KEY is reserved/],
    [{ '': 'x' }, /empty/],
    [{ a: '' }, /empty/],
    [{ a: 'b\u0002c' }, /control character/],
    [{ 'a\u0001': 'b' }, /control character/],
  ];
  for (const [properties, reason] of bad) {
    refused(() => prepare({ topic: 'T', body: 'x', properties }), reason);
  }
  refused(() => prepare({ topic: 'T', body: 'x', tags: 'a\u0001' }), /control character/);
  refused(() => prepare({ topic: 'bad topic', body: 'x' }), /illegal characters/);
  refused(() => prepare({ topic: 'SCHEDULE_TOPIC_XXXX', body: 'x' }), /belongs to the broker/);
  refused(() => prepare({ topic: 'T', body: 'x', flag: 2 ** 31 }), /flag/);
});

test('a batch has one topic, at least one message and one request to fit in', () => {
  const keys = ['K1', 'K2'];
  const nextKey = (): string => keys.shift() ?? 'K';
  const batch = prepareBatch(
    [
      { topic: 'T', body: 'a', tags: 'X' },
      { topic: 'T', body: 'b' },
    ],
    MAX_MESSAGE_BYTES,
    nextKey,
  );
  assert.equal(batch.msgId, 'K1,K2');
  const items = decodeMessageBatch(batch.body);
  assert.deepEqual(
    items.map((item) => parseProperties(item.properties).get('UNIQ_KEY')),
    ['K1', 'K2'],
  );
  const one = { topic: 'T', body: 'a' };
  const make = (messages: Message[], limit: number) => () =>
    prepareBatch(messages, limit, () => 'KEY');
  refused(make([], 100), /no message/);
  refused(make([one, { topic: 'U', body: 'a' }], 1000), /also holds a message for U/);
  refused(make([{ topic: '%RETRY%g', body: 'a' }], 1000), /retry topic/);
  const size = prepareBatch([one, one], 1000, () => 'KEY').body.length;
  assert.equal(make([one, one], size)().body.length, size);
  refused(make([one, one], size - 1), new RegExp(`${size} bytes, ${size - 1} at most`));
});
