// SPDX-License-Identifier: Apache-2.0
/**
 * Goal: every request code declares its header once and rightly, and names follow Apache's rules.
 * Method: all files of src/protocol/commands are loaded and checked against the code table; field
 * kinds at their limits and one past; tables of names.
 */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { ApogeeError } from '../../../src/core/errors.ts';
import { RequestCode } from '../../../src/protocol/codes.ts';
import { pullMessage } from '../../../src/protocol/commands/pull-message.ts';
import { boundaryTypeOf } from '../../../src/protocol/commands/search-offset-by-timestamp.ts';
import { sendMessage } from '../../../src/protocol/commands/send-message.ts';
import {
  decodeSendMessageHeader,
  sendMessageV2,
  toSendMessageV2,
} from '../../../src/protocol/commands/send-message-v2.ts';
import {
  type HeaderCodec,
  headerFields,
  optional,
  required,
} from '../../../src/protocol/header-fields.ts';
import {
  groupNameFault,
  groupOfRetryOrDlqTopic,
  isSendForbidden,
  isSystemGroup,
  isSystemTopic,
  topicNameFault,
} from '../../../src/protocol/names.ts';
import { permText } from '../../../src/protocol/perm.ts';
import { createRequest } from '../../../src/protocol/remoting-command.ts';
import {
  javaHashCode,
  newSubscriptionData,
  parseTagExpression,
} from '../../../src/protocol/subscription.ts';
import { compressionOf, isCompressed, transactionType } from '../../../src/protocol/sys-flag.ts';

interface Command {
  readonly code: number;
  readonly request: HeaderCodec<Record<string, never>>;
  readonly response: HeaderCodec<Record<string, never>>;
}

const folder = new URL('../../../src/protocol/commands/', import.meta.url);

async function commands(): Promise<[string, Command][]> {
  const found: [string, Command][] = [];
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.js'))) {
    const name = file.slice(0, -3).replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    const module = (await import(new URL(file, folder).href)) as Record<string, Command>;
    const command = module[name];
    assert.ok(command !== undefined, `${file} exports no ${name}`);
    found.push([file.slice(0, -3), command]);
  }
  return found;
}

test('each command file is named after its code, and no code has two', async () => {
  const all = await commands();
  assert.ok(all.length >= 69);
  const names = new Map<number, string>(Object.entries(RequestCode).map(([k, v]) => [v, k]));
  for (const [file, { code }] of all) {
    assert.equal(file.toUpperCase().replaceAll('-', '_'), names.get(code));
  }
  assert.equal(new Set(all.map(([, { code }]) => code)).size, all.length);
});

const sampleOf = { text: 'x', int32: 7, int64: 8, bigint64: 9n, boolean: true } as const;

test('every header survives the round trip, and lacks name the field', async () => {
  for (const [file, command] of await commands()) {
    for (const codec of [command.request, command.response]) {
      const fields = Object.entries(
        codec.shape as Record<string, { kind: keyof typeof sampleOf; required: boolean }>,
      );
      const header = Object.fromEntries(fields.map(([name, { kind }]) => [name, sampleOf[kind]]));
      const encoded = codec.encode(header as never);
      assert.deepEqual({ ...codec.decode(encoded) }, header, file);
      for (const [name, field] of fields) {
        const { [name]: _, ...rest } = encoded;
        if (!field.required) {
          assert.equal((codec.decode(rest) as Record<string, unknown>)[name], undefined);
        } else {
          assert.throws(() => codec.decode(rest), {
            code: 'HEADER_FIELD',
            message: `the request header lacks the field ${name}`,
          });
        }
      }
    }
  }
});

test('field kinds at their limits and one past', () => {
  const codec = headerFields({
    i: optional.int32,
    l: optional.int64,
    b: optional.bigint64,
    f: optional.boolean,
  });
  const decode = (name: 'i' | 'l' | 'b' | 'f', text: string) =>
    codec.decode({ [name]: text })[name];
  assert.equal(decode('i', '2147483647'), 2_147_483_647);
  assert.equal(decode('i', '-2147483648'), -2_147_483_648);
  assert.equal(decode('l', '9007199254740991'), Number.MAX_SAFE_INTEGER);
  assert.equal(decode('b', '9223372036854775807'), 9_223_372_036_854_775_807n);
  assert.equal(decode('b', '-9223372036854775808'), -9_223_372_036_854_775_808n);
  assert.deepEqual(
    ['true', 'TRUE', 'yes', '1', ''].map((text) => decode('f', text)),
    [true, true, false, false, false],
  );
  const wrong = [
    ['i', '2147483648'],
    ['i', ''],
    ['i', '1.0'],
    ['i', ' 1'],
    ['i', '0x1'],
    ['l', '9007199254740992'],
    ['l', '1e3'],
    ['b', '9223372036854775808'],
    ['b', '99999999999999999999'],
    ['b', 'x'],
  ] as const;
  for (const [name, text] of wrong) {
    assert.throws(
      () => decode(name, text),
      (error) => error instanceof ApogeeError && error.code === 'HEADER_FIELD',
      `${name}=${text}`,
    );
  }
  assert.equal(headerFields({ t: required.text }).decode({ t: '' }).t, '');
});

test('codes 10, 310 and 320 carry one header under two sets of names', () => {
  const header = {
    producerGroup: 'PG',
    topic: 'T',
    defaultTopic: 'TBW102',
    defaultTopicQueueNums: 4,
    queueId: -1,
    sysFlag: 0,
    bornTimestamp: 1_700_000_000_000,
    flag: 7,
    properties: 'a\u00011\u0002',
    reconsumeTimes: 0,
    unitMode: false,
    maxReconsumeTimes: 3,
    batch: true,
    bname: 'broker-a',
  };
  const v1 = createRequest(10, sendMessage.request.encode(header));
  assert.deepEqual(decodeSendMessageHeader(v1), header);
  const fields = sendMessageV2.request.encode(toSendMessageV2(header));
  assert.deepEqual(
    { ...fields, i: '' },
    {
      a: 'PG',
      b: 'T',
      c: 'TBW102',
      d: '4',
      e: '-1',
      f: '0',
      g: '1700000000000',
      h: '7',
      i: '',
      j: '0',
      k: 'false',
      l: '3',
      m: 'true',
      n: 'broker-a',
    },
  );
  for (const code of [310, 320]) {
    assert.deepEqual(decodeSendMessageHeader(createRequest(code, fields)), header);
  }
});

test('the versions of Go subscriptions keep all their digits', () => {
  const fields = {
    consumerGroup: 'G',
    topic: 'T',
    queueId: '0',
    queueOffset: '1',
    maxMsgNums: '32',
    sysFlag: '6',
    commitOffset: '0',
    suspendTimeoutMillis: '20000',
    subVersion: '1700000000000000001',
    unknown: 'kept by others',
  };
  assert.equal(pullMessage.request.decode(fields).subVersion, 1_700_000_000_000_000_001n);
});

test('faults of names are told in Apache’s words', () => {
  const allowed = 'contains illegal characters, allowing only ^[%|a-zA-Z0-9_-]+$';
  const long = (length: number, prefix = '') => prefix.padEnd(length, 't');
  const topics: readonly (readonly [string | undefined, string | undefined])[] = [
    [undefined, 'The specified topic is blank.'],
    ['  ', 'The specified topic is blank.'],
    ['a.b', `The specified topic: a.b, ${allowed}`],
    ['主题', `The specified topic: 主题, ${allowed}`],
    ['a%b-c_d|9', undefined],
    [long(127), undefined],
    [long(128), `The specified topic: ${long(128)}, is longer than topic max length: 127`],
    [long(255, '%RETRY%'), undefined],
    [
      long(256, '%DLQ%'),
      `The specified topic is DLQ or Retry topic: ${long(256, '%DLQ%')}, ` +
        "and it's longer than topic max length: 255",
    ],
  ];
  for (const [topic, fault] of topics) assert.equal(topicNameFault(topic), fault);
  assert.equal(groupNameFault(''), 'The specified group is blank.');
  assert.equal(groupNameFault('a b'), `The specified group: a b, ${allowed}`);
  assert.equal(groupNameFault(long(120)), undefined);
  assert.equal(
    groupNameFault(long(121)),
    `The specified group: ${long(121)}, is longer than group max length: 120`,
  );
});

test('reserved names', () => {
  for (const topic of ['TBW102', 'CHECKPOINT_TOPIC', 'rmq_sys_anything']) {
    assert.ok(isSystemTopic(topic), topic);
    assert.equal(isSendForbidden(topic), false, topic);
  }
  for (const topic of ['SCHEDULE_TOPIC_XXXX', 'RMQ_SYS_ROCKSDB_TRANS_OP_HALF_TOPIC']) {
    assert.ok(isSendForbidden(topic), topic);
  }
  assert.ok(isSystemGroup('CID_RMQ_SYS_X') && isSystemGroup('TOOLS_CONSUMER'));
  assert.equal(isSystemGroup('mine'), false);
  assert.equal(groupOfRetryOrDlqTopic('%RETRY%g'), 'g');
  assert.equal(groupOfRetryOrDlqTopic('%DLQ%g'), 'g');
  assert.equal(groupOfRetryOrDlqTopic('g'), undefined);
});

test('tags, flags and permissions', () => {
  assert.equal(javaHashCode('TagA'), 2_598_919);
  assert.equal(javaHashCode('标签'), 857_175);
  assert.deepEqual(parseTagExpression(' A || B||A || '), ['A', 'B']);
  for (const all of ['*', '', undefined]) assert.deepEqual(parseTagExpression(all), []);
  assert.throws(() => parseTagExpression('||'), { code: 'MESSAGE_INVALID' });
  assert.throws(() => newSubscriptionData('T', '', { expressionType: 'SQL92' }), {
    code: 'MESSAGE_INVALID',
  });
  assert.equal(newSubscriptionData('T', undefined).subString, '*');
  assert.equal(newSubscriptionData('T', 'a > 1', { expressionType: 'SQL92' }).codeSet.length, 0);
  assert.deepEqual([0x301, 0x101, 0x201, 0x1].map(compressionOf), ['zlib', 'lz4', 'zstd', 'zlib']);
  assert.equal(compressionOf(0x401), 'unknown');
  assert.equal(isCompressed(0x300), false);
  assert.equal(transactionType(0x1f), 0xc);
  assert.deepEqual([0, 2, 4, 6, 7].map(permText), ['---', '-W-', 'R--', 'RW-', 'RWX']);
  assert.deepEqual(['UPPER', 'upper', 'x', undefined].map(boundaryTypeOf), [
    'UPPER',
    'UPPER',
    'LOWER',
    'LOWER',
  ]);
});

test('the hash of any text is that of Java', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      let expected = 0n;
      for (let i = 0; i < text.length; i += 1) {
        expected = BigInt.asIntN(32, 31n * expected + BigInt(text.charCodeAt(i)));
      }
      assert.equal(javaHashCode(text), Number(expected));
    }),
  );
});
