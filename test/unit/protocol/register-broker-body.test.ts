// SPDX-License-Identifier: Apache-2.0
/**
 * Goal: registrations of old and new brokers are read, in JSON and compressed, and bad ones are
 * BODY_INVALID within bounded memory. Method: the sample of namesrv §4.1, round trips through
 * node:zlib, every truncation of the inflated form, lying counts, a zip bomb.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync, inflateSync } from 'node:zlib';
import { ApogeeError } from '../../../src/core/errors.ts';
import {
  decodeRegisterBrokerBody,
  encodeCompressedRegisterBrokerBody,
  encodeRegisterBrokerBody,
  type Inflate,
  MAX_INFLATED_BYTES,
  type RegisterBrokerBody,
} from '../../../src/protocol/register-broker-body.ts';
import { newTopicConfig } from '../../../src/protocol/topic-config.ts';
import { textOf, utf8 } from '../../helpers/bytes.ts';

const inflate: Inflate = (bytes, maxOutputLength) => inflateSync(bytes, { maxOutputLength });
const context = { version: 513, inflate };
const isBodyInvalid = (error: unknown): boolean =>
  error instanceof ApogeeError && error.code === 'BODY_INVALID';

const sample =
  '{"filterServerList":[],"topicConfigSerializeWrapper":{"dataVersion":{"counter":0,' +
  '"stateVersion":0,"timestamp":1795218398947},"mappingDataVersion":{"counter":0,' +
  '"stateVersion":0,"timestamp":1795218398947},"topicConfigTable":{"T1":{"attributes":{' +
  '"message.type":"FIFO"},"order":false,"perm":6,"readQueueNums":8,' +
  '"topicFilterType":"SINGLE_TAG","topicName":"T1","topicSysFlag":0,"writeQueueNums":8}},' +
  '"topicQueueMappingDetailMap":{},"topicQueueMappingInfoMap":{}}}';

const body: RegisterBrokerBody = {
  dataVersion: { stateVersion: 0, timestamp: 1_795_218_398_947, counter: 0 },
  topicConfigTable: new Map([
    [
      'T1',
      newTopicConfig('T1', {
        readQueueNums: 8,
        writeQueueNums: 8,
        attributes: new Map([['message.type', 'FIFO']]),
      }),
    ],
  ]),
  topicQueueMappingInfoTable: new Map(),
  filterServerList: [],
};

const mapped: RegisterBrokerBody = {
  ...body,
  filterServerList: ['f:1'],
  topicQueueMappingInfoTable: new Map([
    [
      'T1',
      {
        topic: 'T1',
        scope: '__global__',
        totalQueues: 4,
        bname: 'broker-a',
        epoch: 123,
        dirty: false,
        currIdMap: new Map([
          [0, 0],
          [1, 3],
        ]),
      },
    ],
  ]),
};

test('the sample of Apache, both ways', () => {
  assert.deepEqual(decodeRegisterBrokerBody(utf8(sample), context), body);
  assert.equal(textOf(encodeRegisterBrokerBody(body)), sample);
  assert.deepEqual(decodeRegisterBrokerBody(encodeRegisterBrokerBody(mapped), context), mapped);
});

test('a body of a sender before V3_0_11 is the bare topic table', () => {
  const wrapper = sample.slice(sample.indexOf('{"dataVersion"'), -1);
  assert.deepEqual(decodeRegisterBrokerBody(utf8(wrapper), { version: 36, inflate }), body);
});

test('no body is an empty table of version 0', () => {
  for (const absent of [undefined, new Uint8Array(0)]) {
    const decoded = decodeRegisterBrokerBody(absent, context);
    assert.equal(decoded.topicConfigTable.size, 0);
    assert.deepEqual(decoded.dataVersion, { stateVersion: 0, timestamp: 0, counter: 0 });
  }
});

test('the compressed form is known by its first byte, mappings by the sender’s version', () => {
  const compressed = encodeCompressedRegisterBrokerBody(mapped, (bytes) => deflateSync(bytes));
  assert.deepEqual(decodeRegisterBrokerBody(compressed, context), mapped);
  const old = decodeRegisterBrokerBody(compressed, { version: 412, inflate });
  assert.equal(old.topicQueueMappingInfoTable.size, 0);
});

test('every truncation and every lying count is BODY_INVALID', () => {
  const whole = encodeCompressedRegisterBrokerBody(mapped, (bytes) => bytes);
  const decode = (bytes: Uint8Array) => decodeRegisterBrokerBody(deflateSync(bytes), context);
  assert.deepEqual(decode(whole), mapped);
  for (let length = 0; length < whole.length; length += 1) {
    assert.throws(() => decode(whole.subarray(0, length)), isBodyInvalid, `${length} bytes`);
  }
  for (const count of [-1, 0x7fffffff]) {
    const lying = whole.slice();
    const view = new DataView(lying.buffer);
    view.setInt32(4 + view.getInt32(0), count);
    assert.throws(() => decode(lying), isBodyInvalid);
  }
});

test('what inflates without end or not at all is BODY_INVALID', () => {
  const bomb = deflateSync(new Uint8Array(MAX_INFLATED_BYTES + 1));
  assert.ok(bomb.length < 100_000);
  assert.throws(() => decodeRegisterBrokerBody(bomb, context), isBodyInvalid);
  assert.throws(
    () => decodeRegisterBrokerBody(Uint8Array.of(0x78, 0xda, 1, 2, 3), context),
    isBodyInvalid,
  );
  for (const text of ['[]', '{', '{"topicConfigSerializeWrapper":{"topicConfigTable":{"T":1}}}']) {
    assert.throws(() => decodeRegisterBrokerBody(utf8(text), context), isBodyInvalid, text);
  }
});
