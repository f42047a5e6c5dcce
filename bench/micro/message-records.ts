// SPDX-License-Identifier: Apache-2.0
/** What a consumer in JavaScript pays per message. */

import { encodeMessageBatch } from '../../src/protocol/message-batch.ts';
import { formatProperties, parseProperties } from '../../src/protocol/message-properties.ts';
import {
  decodeMessageRecord,
  decodeMessageRecords,
  encodeMessageRecord,
} from '../../src/protocol/message-record.ts';
import { type MicroCase, sendHeaderFields } from './micro-case.ts';

const RECORDS_PER_PULL = 32;
const properties = sendHeaderFields['i'] ?? '';
const body = new Uint8Array(128).fill(0x78);

const record = encodeMessageRecord({
  queueId: 3,
  flag: 0,
  queueOffset: 123_456,
  physicalOffset: 987_654_321,
  sysFlag: 0,
  bornTimestamp: 1_700_000_000_000,
  bornHost: { host: '127.0.0.1', port: 45_678 },
  storeTimestamp: 1_700_000_000_001,
  storeHost: { host: '127.0.0.1', port: 10_911 },
  reconsumeTimes: 0,
  preparedTransactionOffset: 0,
  body,
  topic: 'BenchmarkTest',
  properties,
});
const pulled = new Uint8Array(record.length * RECORDS_PER_PULL);
for (let i = 0; i < RECORDS_PER_PULL; i += 1) pulled.set(record, i * record.length);
const parsed = parseProperties(properties);
const items = Array.from({ length: RECORDS_PER_PULL }, () => ({ flag: 0, body, properties }));

export const messageRecordCases: readonly MicroCase[] = [
  { name: 'decode a record', run: () => decodeMessageRecord(record), target: 3 },
  {
    name: `decode a pull of ${RECORDS_PER_PULL}`,
    run: () => decodeMessageRecords(pulled),
    target: 3 * RECORDS_PER_PULL,
  },
  { name: 'parse properties', run: () => parseProperties(properties), target: 1 },
  { name: 'format properties', run: () => formatProperties(parsed), target: 1 },
  {
    name: `encode a batch of ${RECORDS_PER_PULL}`,
    run: () => encodeMessageBatch(items),
    target: 1.5 * RECORDS_PER_PULL,
  },
];
