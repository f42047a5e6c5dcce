// SPDX-License-Identifier: Apache-2.0
/**
 * Goal: bodies of Java, Go and C++ peers are read, ours are written as fastjson2 writes them.
 * Method: vectors of remoting §2.0.1 and §8.4, the tables of delta-5.5.0 §2.1, round trips, and
 * random text that must give a value or BODY_INVALID.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ApogeeError } from '../../../src/core/errors.ts';
import {
  MAX_JSON_DEPTH,
  parseJavaJson,
  prettyJavaJson,
  stringifyJavaJson,
} from '../../../src/protocol/java-json.ts';
import { JavaDouble, type JavaJsonInput, ObjectKeyMap } from '../../../src/protocol/json-value.ts';

const isBodyInvalid = (error: unknown): boolean =>
  error instanceof ApogeeError && error.code === 'BODY_INVALID';

/** Plain prototypes, so that deepEqual compares contents only. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

test('what Apache accepts is accepted', () => {
  const cases: readonly (readonly [string, unknown])[] = [
    ['{0:"a",1:"b",-1:"c"}', { 0: 'a', 1: 'b', '-1': 'c' }],
    ['{"0":"a"}', { 0: 'a' }],
    ["{'a':'b'}", { a: 'b' }],
    ['{"a":1,}', { a: 1 }],
    ['[1,2,]', [1, 2]],
    [' /* x */ {"a": 1} \n', { a: 1 }],
    ['{"a":1 // end\n}', { a: 1 }],
    ['{"a":1.5e3,"b":105.0,"c":-0.5}', { a: 1500, b: 105, c: -0.5 }],
    ['9007199254740991', 9007199254740991],
    ['9223372036854775807', 9223372036854775807n],
    ['-1700000000000000001', -1700000000000000001n],
    ['"\\u0001\\/\\x41\\u00e9"', '\u0001/Aé'],
    ['"raw\ttab é 😀"', 'raw\ttab é 😀'],
    ['{"a":{"x":[1]},"b":{"$ref":"$.a.x[0]"}}', { a: { x: [1] }, b: 1 }],
    ['{"a":[{"t":"T"}],"b":{"$ref":"$.a[0]"}}', { a: [{ t: 'T' }], b: { t: 'T' } }],
    ['{"a":{"$ref":"$.no"}}', { a: null }],
    ['null', null],
  ];
  for (const [text, expected] of cases)
    assert.deepEqual(plain(parseJavaJson(text)), expected, text);
});

test('object keys become canonical text, whatever their members’ order and blanks', () => {
  const canonical = '{"brokerName":"b","queueId":1,"topic":"T"}';
  for (const key of [canonical, '{ "topic" : "T", "queueId":1,"brokerName":"b" }']) {
    const value = parseJavaJson(`{"offsetTable":{${key}:9}}`);
    assert.deepEqual(plain(value), { offsetTable: { [canonical]: 9 } });
  }
});

test('what Apache refuses is refused, with the place', () => {
  const cases = [
    '',
    ' ',
    '{code:105}',
    '{"a":1} x',
    '{"a"}',
    '{"a":}',
    '{"a":1 "b":2}',
    '[1 2]',
    '"open',
    '\'open"',
    '"\\u12"',
    '"\\q"',
    'tru',
    '-',
    '{1.5:2}',
    '{[1]:2}',
    '/* open',
    '{"a":1}}',
    `${'9'.repeat(65)}`,
  ];
  for (const text of cases) assert.throws(() => parseJavaJson(text), isBodyInvalid, text);
  assert.throws(() => parseJavaJson('{"a":x}'), /character 5: expected a value, found "x}"/);
});

test('nesting is bounded on both sides', () => {
  const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
  assert.ok(parseJavaJson(nested(MAX_JSON_DEPTH)));
  assert.throws(() => parseJavaJson(nested(MAX_JSON_DEPTH + 1)), isBodyInvalid);
  assert.throws(() => parseJavaJson('{'.repeat(100_000)), isBodyInvalid);
  let value: JavaJsonInput = [];
  for (let depth = 1; depth < MAX_JSON_DEPTH; depth += 1) value = [value];
  assert.equal(stringifyJavaJson(value), nested(MAX_JSON_DEPTH));
  assert.throws(() => stringifyJavaJson([value]), isBodyInvalid);
});

test('a reference to the whole makes no endless text', () => {
  const value = parseJavaJson('{"a":{"$ref":"$"}}') as JavaJsonInput;
  assert.throws(() => stringifyJavaJson(value), isBodyInvalid);
  const unresolved = parseJavaJson('{"a":{"$ref":"$"}}', { resolveReferences: false });
  assert.equal(stringifyJavaJson(unresolved as JavaJsonInput), '{"a":{"$ref":"$"}}');
});

test('values are written as fastjson2 writes them', () => {
  const queue = { brokerName: 'b-a', queueId: 1, topic: 'T' };
  const cases: readonly (readonly [JavaJsonInput, string])[] = [
    [
      { offsetTable: new ObjectKeyMap([[queue, 9]]) },
      '{"offsetTable":{{"brokerName":"b-a","queueId":1,"topic":"T"}:9}}',
    ],
    [{ offsetTable: new ObjectKeyMap() }, '{"offsetTable":{}}'],
    [new Map([[0, 'x']]), '{0:"x"}'],
    [new Map([['0', 'x']]), '{"0":"x"}'],
    [{ a: undefined, b: null, c: [], d: {} }, '{"b":null,"c":[],"d":{}}'],
    [{ v: 1700000000000000001n }, '{"v":1700000000000000001}'],
    [
      [0, 1.5, 1 / 3, 1e9, 1.25e-7, -3, Number.NaN].map((value) => new JavaDouble(value)),
      '[0.0,1.5,0.3333333333333333,1.0E9,1.25E-7,-3.0,null]',
    ],
    ['\u0001\t\n\r\b\f\u007f\u2028é"\\/', '"\\u0001\\t\\n\\r\\b\\f\u007f\u2028é\\"\\\\/"'],
  ];
  for (const [value, expected] of cases) assert.equal(stringifyJavaJson(value), expected);
  assert.equal(stringifyJavaJson(new Map([[0, 'x']]), { quoteKeys: true }), '{"0":"x"}');
});

test('configuration files are written as Apache writes them', () => {
  const value: JavaJsonInput = {
    offsetTable: new Map([
      [
        'T@g',
        new Map([
          [0, 5],
          [1, 6],
        ]),
      ],
    ]),
    list: [1, 2],
    empty: {},
    none: [],
    queues: new ObjectKeyMap([[{ queueId: 1, topic: 'T' }, 9]]),
  };
  assert.equal(
    prettyJavaJson(value),
    '{\n\t"offsetTable":{\n\t\t"T@g":{\n\t\t\t0:5,\n\t\t\t1:6\n\t\t}\n\t},\n' +
      '\t"list":[\n\t\t1,\n\t\t2\n\t],\n\t"empty":{},\n\t"none":[],\n' +
      '\t"queues":{\n\t\t{\n\t\t\t"queueId":1,\n\t\t\t"topic":"T"\n\t\t}:9\n\t}\n}',
  );
});

test('equal keys of an ObjectKeyMap are one key', () => {
  const map = new ObjectKeyMap([[{ a: 1, b: 2 }, 'x']]);
  map.set({ b: 2, a: 1 }, 'y');
  assert.equal(map.size, 1);
  assert.equal(map.get({ a: 1, b: 2 }), 'y');
});

test('any JSON value survives the round trip, compact and pretty', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      // Integers beyond 2^53 read back as bigint, which another test covers.
      const normal = JSON.parse(JSON.stringify(value), (_, item) =>
        typeof item === 'number' && Math.abs(item) > Number.MAX_SAFE_INTEGER ? 0.5 : item,
      );
      const text = stringifyJavaJson(normal);
      assert.equal(text, JSON.stringify(normal));
      assert.deepEqual(plain(parseJavaJson(text)), plain(normal));
      assert.deepEqual(plain(parseJavaJson(prettyJavaJson(normal))), plain(normal));
    }),
  );
});

test('any text gives a value or BODY_INVALID', () => {
  const fragments = fc.array(
    fc.constantFrom('{', '}', '[', ']', '"', "'", ':', ',', '1', '-', '\\', 'u', 'n', '/*', '$ref'),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fragments.map((parts) => parts.join('')),
      ),
      (text) => {
        try {
          parseJavaJson(text);
        } catch (error) {
          assert.ok(isBodyInvalid(error), String(error));
        }
      },
    ),
    { numRuns: 2000 },
  );
});
