// SPDX-License-Identifier: Apache-2.0
/**
 * Goal: message records, batches, properties and ids are Apache's bytes. Method: golden vectors
 * of remoting §8.3, an independent twin as oracle, round trips, every truncation.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ApogeeError } from '../../../src/core/errors.ts';
import { bodyCrc32, crc32 } from '../../../src/protocol/crc32.ts';
import { ipBytes, ipText } from '../../../src/protocol/ip-address.ts';
import { decodeMessageBatch, encodeMessageBatch } from '../../../src/protocol/message-batch.ts';
import {
  formatOffsetMessageId,
  parseOffsetMessageId,
  UniqueKeyGenerator,
} from '../../../src/protocol/message-id.ts';
import {
  formatProperties,
  formatStoredProperties,
  isReservedProperty,
  parseProperties,
} from '../../../src/protocol/message-properties.ts';
import {
  decodeMessageRecord,
  decodeMessageRecords,
  encodeMessageRecord,
  type MessageRecordInput,
} from '../../../src/protocol/message-record.ts';
import { fromHex, textOf, toHex, utf8 } from '../../helpers/bytes.ts';
import { readTwinRecord } from '../../helpers/message-record-twin.ts';

const isBodyInvalid = (error: unknown): boolean =>
  error instanceof ApogeeError && error.code === 'BODY_INVALID';

const vector = fromHex(`
0000006f daa320a7 3610a686 00000002 00000007 0000000000000009 0000000000001000 00000000
0000018bcfe56800 0a000001 00009c40 0000018bcfe56801 0a000002 00002a9f 00000000 0000000000000000
00000005 68656c6c6f 01 54 000e 61 01 31 02 54414753 01 54616741 02`);

const vectorMessage: MessageRecordInput = {
  queueId: 2,
  flag: 7,
  queueOffset: 9,
  physicalOffset: 4096,
  sysFlag: 0,
  bornTimestamp: 1_700_000_000_000,
  bornHost: { host: '10.0.0.1', port: 40_000 },
  storeTimestamp: 1_700_000_000_001,
  storeHost: { host: '10.0.0.2', port: 10_911 },
  reconsumeTimes: 0,
  preparedTransactionOffset: 0,
  body: utf8('hello'),
  topic: 'T',
  properties: 'a\u00011\u0002TAGS\u0001TagA\u0002',
};

test('the record vector, both ways', () => {
  assert.equal(toHex(encodeMessageRecord(vectorMessage)), toHex(vector));
  const record = decodeMessageRecord(vector);
  assert.equal(record.storeSize, 111);
  assert.equal(record.bodyCrc, 907_060_870);
  assert.equal(textOf(record.body), 'hello');
  const { storeSize, bodyCrc, body, ...rest } = record;
  assert.deepEqual({ ...rest, body: Uint8Array.from(body) }, vectorMessage);
});

const hostArbitrary = fc
  .tuple(
    fc.oneof(fc.ipV4(), fc.uint8Array({ minLength: 16, maxLength: 16 }).map(ipText)),
    fc.integer({ min: 0, max: 65_535 }),
  )
  .map(([host, port]) => ({ host, port }));
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const messageArbitrary: fc.Arbitrary<MessageRecordInput> = fc.record({
  queueId: int32,
  flag: int32,
  queueOffset: fc.maxSafeInteger(),
  physicalOffset: fc.maxSafeInteger(),
  sysFlag: int32,
  bornTimestamp: fc.maxSafeInteger(),
  bornHost: hostArbitrary,
  storeTimestamp: fc.maxSafeInteger(),
  storeHost: hostArbitrary,
  reconsumeTimes: int32,
  preparedTransactionOffset: fc.maxSafeInteger(),
  body: fc.uint8Array({ maxLength: 40 }),
  topic: fc.string({ maxLength: 200 }),
  properties: fc.string({ unit: 'grapheme', maxLength: 40 }),
});

test('any message reads the same through the twin and through the codec', () => {
  fc.assert(
    fc.property(messageArbitrary, (message) => {
      const bytes = encodeMessageRecord(message);
      const twin = readTwinRecord(bytes);
      assert.equal(twin.end, bytes.length);
      assert.equal(twin.totalSize, bytes.length);
      assert.equal(twin.queueOffset, BigInt(message.queueOffset));
      assert.equal(twin.physicalOffset, BigInt(message.physicalOffset));
      assert.equal(twin.bornTimestamp, BigInt(message.bornTimestamp));
      assert.equal(twin.storeTimestamp, BigInt(message.storeTimestamp));
      assert.equal(twin.bornAddress, toHex(ipBytes(message.bornHost.host)));
      assert.equal(twin.storeAddress, toHex(ipBytes(message.storeHost.host)));
      assert.equal(twin.storePort, message.storeHost.port);
      assert.equal(twin.properties, message.properties);
      const record = decodeMessageRecord(bytes);
      assert.equal(record.sysFlag, twin.sysFlag);
      assert.equal(record.sysFlag & ~0x30, message.sysFlag & ~0x30);
      const { storeSize, bodyCrc, body, sysFlag, ...rest } = record;
      const { body: sentBody, sysFlag: _, ...sent } = { ...message };
      assert.deepEqual(rest, sent);
      assert.equal(toHex(body), toHex(sentBody));
      assert.equal(storeSize, bytes.length);
      assert.equal(bodyCrc, bodyCrc32(sentBody));
    }),
  );
});

test('records follow each other; cut or corrupted ones are BODY_INVALID', () => {
  const two = Buffer.concat([vector, encodeMessageRecord({ ...vectorMessage, topic: 'U' })]);
  assert.deepEqual(
    decodeMessageRecords(two).map((record) => record.topic),
    ['T', 'U'],
  );
  for (let length = 1; length < two.length; length += 1) {
    if (length === vector.length) continue;
    assert.throws(() => decodeMessageRecords(two.subarray(0, length)), isBodyInvalid, `${length}`);
    const lying = Uint8Array.from(vector.subarray(0, Math.min(length, vector.length)));
    if (lying.length >= 4) new DataView(lying.buffer).setInt32(0, lying.length);
    if (length < vector.length) assert.throws(() => decodeMessageRecord(lying), isBodyInvalid);
  }
  fc.assert(
    fc.property(fc.nat(vector.length - 1), fc.nat(255), (at, byte) => {
      const corrupt = Uint8Array.from(vector);
      corrupt[at] = byte;
      try {
        decodeMessageRecords(corrupt);
      } catch (error) {
        assert.ok(isBodyInvalid(error), String(error));
      }
    }),
    { numRuns: 1000 },
  );
});

test('a topic of 128 bytes needs version 2, texts beyond int16 are refused', () => {
  const magicOf = (topic: string): string =>
    toHex(encodeMessageRecord({ ...vectorMessage, topic }).subarray(4, 8));
  assert.equal(magicOf('t'.repeat(127)), 'daa320a7');
  assert.equal(magicOf('t'.repeat(128)), 'daa320ab');
  assert.ok(encodeMessageRecord({ ...vectorMessage, properties: 'p'.repeat(32_767) }));
  for (const parts of [{ properties: 'p'.repeat(32_768) }, { topic: 't'.repeat(32_768) }]) {
    assert.throws(() => encodeMessageRecord({ ...vectorMessage, ...parts }), {
      code: 'MESSAGE_INVALID',
    });
  }
});

test('the batch vector, both ways', () => {
  const batch = fromHex(`
    0000002c 00000000 00000000 00000000 00000002 6869 0014 57414954 01 74727565 02 54414753 01
    54616741 02
    00000021 00000000 00000000 00000000 00000001 78 000a 57414954 01 74727565 02`);
  const items = decodeMessageBatch(batch);
  assert.deepEqual(
    items.map((item) => [textOf(item.body), item.flag, item.properties]),
    [
      ['hi', 0, 'WAIT\u0001true\u0002TAGS\u0001TagA\u0002'],
      ['x', 0, 'WAIT\u0001true\u0002'],
    ],
  );
  assert.equal(toHex(encodeMessageBatch(items)), toHex(batch));
  assert.deepEqual(decodeMessageBatch(new Uint8Array(0)), []);
});

test('any batch survives the round trip, every truncation and lying length is BODY_INVALID', () => {
  const item = fc.record({
    flag: int32,
    body: fc.uint8Array({ maxLength: 20 }),
    properties: fc.string({ unit: 'grapheme', maxLength: 20 }),
  });
  fc.assert(
    fc.property(fc.array(item, { minLength: 1, maxLength: 4 }), (items) => {
      const batch = encodeMessageBatch(items);
      const decoded = decodeMessageBatch(batch);
      assert.deepEqual(
        decoded.map((each) => ({ ...each, body: Uint8Array.from(each.body) })),
        items.map((each) => ({ ...each, body: Uint8Array.from(each.body) })),
      );
      const firstSize = new DataView(batch.buffer).getInt32(0);
      for (let length = 1; length < firstSize; length += 1) {
        assert.throws(() => decodeMessageBatch(batch.subarray(0, length)), isBodyInvalid);
      }
      for (const [at, value] of [
        [0, -1],
        [0, 21],
        [0, firstSize + 1_000_000],
        [16, -1],
        [16, 0x7fffffff],
      ] as const) {
        const lying = batch.slice();
        new DataView(lying.buffer).setInt32(at, value);
        assert.throws(() => decodeMessageBatch(lying), isBodyInvalid);
      }
    }),
    { numRuns: 50 },
  );
});

test('the property vectors', () => {
  assert.equal(
    formatProperties([
      ['a', '1'],
      ['TAGS', 'TagA'],
    ]),
    'a\u00011\u0002TAGS\u0001TagA\u0002',
  );
  const parse = (text: string) =>
    Object.fromEntries(parseProperties(text.replaceAll('^', '\u0001').replaceAll('~', '\u0002')));
  assert.deepEqual(parse('a^1~b^~c^x^y~d^3'), { a: '1', c: 'x\u0001y', d: '3' });
  assert.deepEqual(parse('^1~~a~'), {});
  assert.equal(isReservedProperty('UNIQ_KEY'), true);
  assert.equal(isReservedProperty('__SHARDINGKEY'), false);
  assert.equal(isReservedProperty('mine'), false);
});

test('the id vectors, both ways', () => {
  const ids = [
    ['10.0.0.2', '0A00000200002A9F0000000000001000'],
    ['2001:db8::1', '20010DB800000000000000000000000100002A9F0000000000001000'],
  ] as const;
  for (const [host, id] of ids) {
    assert.equal(formatOffsetMessageId({ host, port: 10_911 }, 4096), id);
    assert.deepEqual(parseOffsetMessageId(id), {
      storeHost: { host, port: 10_911 },
      physicalOffset: 4096,
    });
  }
  for (const bad of [
    '',
    'xyz',
    '0A'.repeat(15),
    '0G'.repeat(16),
    `${'00'.repeat(8)}${'FF'.repeat(8)}`,
  ]) {
    assert.throws(() => parseOffsetMessageId(bad), isBodyInvalid, bad);
  }
});

test('unique keys hold address, pid, hash, time in the month and a counter', () => {
  let nowMs = new Date(2026, 10, 21, 0, 0, 1).getTime();
  const clock = {
    nowMs: () => nowMs,
    monotonicMs: () => 0,
    after: () => ({ cancel: () => {} }),
    every: () => ({ cancel: () => {} }),
  };
  const generator = new UniqueKeyGenerator({ ip: '10.0.0.9', pid: 0x12345, hash: -2, clock });
  const elapsed = 20 * 86_400_000 + 1000;
  const time = elapsed.toString(16).toUpperCase().padStart(8, '0');
  assert.equal(generator.next(), `0A0000092345FFFFFFFE${time}0000`);
  assert.equal(generator.next().slice(-4), '0001');
  nowMs = new Date(2026, 11, 1, 0, 0, 0, 5).getTime();
  assert.equal(generator.next().slice(20, 28), '00000005');
  nowMs -= 10;
  assert.equal(generator.next().slice(20, 28), '00000000');
  const keys = new Set(Array.from({ length: 1000 }, () => generator.next()));
  assert.equal(keys.size, 1000);
});

test('checksums and addresses', () => {
  assert.equal(crc32(utf8('123456789')), 0xcbf43926);
  assert.equal(bodyCrc32(utf8('hello')), 907_060_870);
  const texts = ['::', '::1', '1::', 'fe80::1:0:0:1', '2001:db8::ff00:42:8329', '0.0.0.0'];
  for (const text of texts) assert.equal(ipText(ipBytes(text)), text);
  assert.equal(ipText(ipBytes('::ffff:10.0.0.1')), '::ffff:a00:1');
  for (const bad of ['', '1.2.3', '256.1.1.1', ':::', '1:2', 'g::', '1::2::3', 'localhost']) {
    assert.throws(() => ipBytes(bad), isBodyInvalid, bad);
  }
});

test('a broker stores properties in the order of a Java map', () => {
  // As Apache's broker 5.5.0 stored a message sent back. UNIQ_KEY and CLUSTER share a bucket, as
  // Aa and BB do.
  const golden =
    'Beta,ORIGIN_MESSAGE_ID,RETRY_TOPIC,MSG_REGION,UNIQ_KEY,CLUSTER,DELAY,TAGS,KEYS,WAIT,zeta,a';
  const names = golden.split(',');
  const stored = (put: readonly string[]) => {
    const text = formatStoredProperties(new Map(put.map((name) => [name, 'v'])));
    return [...parseProperties(text).keys()];
  };
  const isEven = (_: string, index: number) => index % 2 === 0;
  const mixed = [...names.filter(isEven), ...names.filter((name, index) => !isEven(name, index))];
  assert.deepEqual(stored(mixed), names);
  assert.deepEqual(stored(['BB', 'Aa']), ['BB', 'Aa']);
  assert.deepEqual(stored(['Aa', 'BB']), ['Aa', 'BB']);
  // Beyond 96 names the map has 256 buckets.
  const first = (count: number) =>
    stored(Array.from({ length: count }, (_, index) => `name-${index}`)).slice(0, 4);
  assert.deepEqual(first(96), ['name-11', 'name-55', 'name-12', 'name-56']);
  assert.deepEqual(first(97), ['name-11', 'name-12', 'name-10', 'name-15']);
});
