// SPDX-License-Identifier: Apache-2.0
/**
 * Goal: frames are cut and decoded as Apache's peers send them, encoded as they read them, and no
 * bytes make anything but FRAME_INVALID. Method: golden vectors of remoting §8.2, round trips,
 * every cut of a stream, every truncation and many corruptions of a frame.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ApogeeError } from '../../../src/core/errors.ts';
import {
  decodeFrame,
  encodeFrame,
  FrameCutter,
  MAX_FRAME_BYTES,
} from '../../../src/protocol/frame.ts';
import {
  createRequest,
  createResponse,
  type RemotingCommand,
  SerializeType,
} from '../../../src/protocol/remoting-command.ts';
import { fromHex, textOf, toHex, utf8 } from '../../helpers/bytes.ts';

function frameOf(
  header: string | Uint8Array,
  body: Uint8Array = new Uint8Array(0),
  type = 0,
): Uint8Array {
  const bytes = typeof header === 'string' ? utf8(header) : header;
  const frame = new Uint8Array(8 + bytes.length + body.length);
  const view = new DataView(frame.buffer);
  view.setInt32(0, frame.length - 4);
  view.setInt32(4, (type << 24) | bytes.length);
  frame.set(bytes, 8);
  frame.set(body, 8 + bytes.length);
  return frame;
}

function headerText(frame: Uint8Array): string {
  const view = new DataView(frame.buffer, frame.byteOffset);
  return textOf(frame.subarray(8, 8 + (view.getInt32(4) & 0xffffff)));
}

const isFrameInvalid = (error: unknown): boolean =>
  error instanceof ApogeeError && error.code === 'FRAME_INVALID';

test('the response vector decodes', () => {
  const header =
    '{"code":0,"flag":1,"language":"JAVA","opaque":5,"serializeTypeCurrentRPC":"JSON","version":0}';
  const frame = frameOf(header, utf8('hi'));
  assert.equal(toHex(frame.subarray(0, 8)), '000000630000005d');
  const command = decodeFrame(frame);
  assert.deepEqual(
    { ...command, extFields: { ...command.extFields }, body: textOf(command.body) },
    {
      code: 0,
      language: 'JAVA',
      version: 0,
      opaque: 5,
      flag: 1,
      remark: undefined,
      extFields: {},
      body: 'hi',
      serializeType: 0,
    },
  );
});

test('a response is the vector of Apache plus the extFields that C++ clients need', () => {
  const request = { ...createRequest(1), opaque: 5 };
  const frame = encodeFrame({ ...createResponse(request, 0, { body: utf8('hi') }), version: 0 });
  assert.equal(
    headerText(frame),
    '{"code":0,"extFields":{},"flag":1,"language":"JAVA","opaque":5,' +
      '"serializeTypeCurrentRPC":"JSON","version":0}',
  );
  assert.equal(textOf(frame.subarray(frame.length - 2)), 'hi');
});

test('the pull request vector is reproduced byte for byte, both ways', () => {
  const header =
    '{"code":11,"extFields":{"queueId":"3","maxMsgNums":"32","sysFlag":"2",' +
    '"suspendTimeoutMillis":"15000","commitOffset":"0","topic":"T","queueOffset":"7",' +
    '"subVersion":"0","consumerGroup":"CG"},"flag":0,"language":"JAVA","opaque":5,' +
    '"serializeTypeCurrentRPC":"JSON","version":0}';
  const frame = frameOf(header);
  assert.equal(headerText(encodeFrame(decodeFrame(frame))), header);
});

test('the unsupported-code vector keeps its remark', () => {
  const header =
    '{"code":3,"flag":1,"language":"JAVA","opaque":6,"remark":" request type 9999 not supported",' +
    '"serializeTypeCurrentRPC":"JSON","version":0}';
  const command = decodeFrame(frameOf(header));
  assert.equal(command.remark, ' request type 9999 not supported');
  assert.equal(headerText(encodeFrame(command)), header.replace('"flag"', '"extFields":{},"flag"'));
});

test('the binary vectors, both ways', () => {
  const route = fromHex(
    '00000025 01000021 0069 00 0000 00000009 00000000 00000000 0000000c ' +
      '0005 746f706963 00000001 54',
  );
  const command = decodeFrame(route);
  assert.equal(command.code, 105);
  assert.equal(command.opaque, 9);
  assert.equal(command.remark, undefined);
  assert.deepEqual({ ...command.extFields }, { topic: 'T' });
  assert.equal(toHex(encodeFrame(command)), toHex(route));
  const pop: RemotingCommand = {
    ...createRequest(200_050),
    language: 'JAVA',
    version: 0,
    opaque: 1,
    serializeType: SerializeType.ROCKETMQ,
  };
  const popFrame = fromHex('00000019 01000015 0d72 00 0000 00000001 00000000 00000000 00000000');
  assert.equal(toHex(encodeFrame(pop)), toHex(popFrame));
  assert.equal(decodeFrame(popFrame).code, 3442);
});

test('headers of other clients are read', () => {
  const lenient = decodeFrame(
    frameOf('{"code":"12","e":1,"remark":null,"extFields":{"q":3,"b":true,"n":null}}\n'),
  );
  assert.equal(lenient.code, 12);
  assert.equal(lenient.remark, undefined);
  assert.equal(lenient.language, 'JAVA');
  assert.deepEqual({ ...lenient.extFields }, { q: '3', b: 'true' });
  const exact = decodeFrame(
    frameOf('{"code":11,"version":333.0,"language":"CPP","extFields":{"o":1700000000000000001}}'),
  );
  assert.equal(exact.extFields['o'], '1700000000000000001');
  assert.equal(exact.version, 333);
  const proto = decodeFrame(frameOf('{"code":1,"extFields":{"__proto__":"p","x":{"b":[1]}}}'));
  assert.deepEqual(Object.entries(proto.extFields), [
    ['__proto__', 'p'],
    ['x', '{"b":[1]}'],
  ]);
  assert.equal(decodeFrame(frameOf('{"language":"KOTLIN"}')).language, 'KOTLIN');
  assert.equal(decodeFrame(frameOf('{"language":13}')).language, 'NODE_JS');
});

test('what Apache closes the connection for is FRAME_INVALID', () => {
  const invalid = [
    frameOf(''),
    frameOf('null'),
    frameOf('[]'),
    frameOf('{"code":1'),
    frameOf('{"code":1}x'),
    frameOf('{code:105}'),
    frameOf('{"opaque":2147483648}'),
    frameOf('{"extFields":[]}'),
    frameOf('{"extFields":"a"}'),
    frameOf(new Uint8Array(20), undefined, 1),
    frameOf('{}', undefined, 2),
    fromHex('00000004 00000001'),
    fromHex('00000003 000000'),
    fromHex('00000019 01000015 0d72 00 0000 00000001 00000000 00000001 00000000'),
    fromHex('00000019 01000015 0d72 00 0000 00000001 00000000 ffffffff 00000000'),
    fromHex('00000019 01000015 0d72 00 0000 00000001 00000000 00000000 00000001'),
  ];
  for (const frame of invalid) {
    assert.throws(() => decodeFrame(frame), isFrameInvalid, toHex(frame));
  }
});

const textArbitrary = fc.string({ unit: 'grapheme', maxLength: 20 });
const commandArbitrary = fc.record({
  code: fc.integer({ min: -32_768, max: 32_767 }),
  language: fc.constantFrom('JAVA', 'CPP', 'GO', 'NODE_JS'),
  version: fc.integer({ min: 0, max: 32_767 }),
  opaque: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  flag: fc.integer({ min: 0, max: 3 }),
  remark: fc.option(
    textArbitrary.filter((t) => t !== ''),
    { nil: undefined },
  ),
  extFields: fc
    .array(fc.tuple(textArbitrary, textArbitrary), { maxLength: 6 })
    .map((entries) =>
      Object.assign(
        Object.create(null),
        Object.fromEntries(entries.filter(([k, v]) => k !== '' && v !== '' && k !== '__proto__')),
      ),
    ),
  body: fc.option(fc.uint8Array({ minLength: 1, maxLength: 64 }), { nil: undefined }),
  serializeType: fc.constantFrom<SerializeType>(0, 1),
});

test('any command survives the round trip in both encodings', () => {
  fc.assert(
    fc.property(commandArbitrary, (command) => {
      const decoded = decodeFrame(encodeFrame(command));
      assert.deepEqual({ ...decoded }, { ...command });
    }),
  );
});

test('every truncation of a stream waits for more, every split gives the same frames', () => {
  const commands = fc.sample(commandArbitrary, { numRuns: 4, seed: 7 });
  const frames = commands.map(encodeFrame);
  const stream = Buffer.concat(frames);
  for (let cut = 0; cut <= stream.length; cut += 1) {
    const cutter = new FrameCutter();
    const got: string[] = [];
    for (const part of [stream.subarray(0, cut), stream.subarray(cut)]) {
      // A reused chunk must not reach into frames that were handed out and decoded.
      for (const frame of cutter.push(Uint8Array.from(part))) got.push(toHex(frame));
    }
    assert.deepEqual(got, frames.map(toHex), `cut at ${cut}`);
    assert.equal(cutter.carriedBytes, 0);
  }
  const single = new FrameCutter();
  const bytewise = [...stream].flatMap((byte) =>
    [...single.push(Uint8Array.of(byte))].map((frame) => toHex(frame)),
  );
  assert.deepEqual(bytewise, frames.map(toHex));
});

test('a truncated or corrupted frame is FRAME_INVALID, never another error', () => {
  const frame = encodeFrame({
    ...createRequest(11, { topic: 'T', queueId: '3' }),
    serializeType: 1,
    remark: 'r',
  });
  for (const sample of [frame, encodeFrame(createRequest(11, { topic: 'T', queueId: '3' }))]) {
    for (let length = 0; length < sample.length; length += 1) {
      const cut = sample.slice(0, length);
      if (length >= 4) new DataView(cut.buffer).setInt32(0, length - 4);
      try {
        decodeFrame(cut);
      } catch (error) {
        assert.ok(isFrameInvalid(error), `length ${length}: ${error}`);
      }
    }
  }
  fc.assert(
    fc.property(fc.nat(frame.length - 1), fc.nat(255), (at, byte) => {
      const corrupt = frame.slice();
      corrupt[at] = byte;
      try {
        decodeFrame(corrupt);
      } catch (error) {
        assert.ok(isFrameInvalid(error), String(error));
      }
    }),
    { numRuns: 1000 },
  );
});

test('lengths no frame can have close the stream, after the frames before them', () => {
  const good = encodeFrame(createRequest(1));
  for (const length of ['00000000', '00000003', '80000000', 'ffffffff', '00fffffd', '7fffffff']) {
    const cutter = new FrameCutter();
    const got: Uint8Array[] = [];
    assert.throws(() => {
      for (const frame of cutter.push(Buffer.concat([good, fromHex(length)]))) got.push(frame);
    }, isFrameInvalid);
    assert.equal(got.length, 1, length);
  }
});

test('the largest frame passes, one byte more does not', () => {
  const body = new Uint8Array(MAX_FRAME_BYTES - 8 - 21);
  const command = { ...createRequest(10), serializeType: SerializeType.ROCKETMQ, body };
  const frame = encodeFrame(command);
  assert.equal(frame.length, MAX_FRAME_BYTES);
  const [cut] = new FrameCutter().push(frame);
  assert.equal(cut?.length, MAX_FRAME_BYTES);
  assert.throws(
    () => encodeFrame({ ...command, body: new Uint8Array(body.length + 1) }),
    isFrameInvalid,
  );
});

test('a claimed length costs no memory before its bytes come', () => {
  const cutter = new FrameCutter();
  assert.deepEqual([...cutter.push(fromHex('00fffff0 00'))], []);
  assert.equal(cutter.carriedBytes, 5);
});

test('a decoded body does not change with the chunk it came in', () => {
  const chunk = encodeFrame({ ...createRequest(10), body: utf8('keep') });
  const [frame] = new FrameCutter().push(chunk);
  assert.ok(frame !== undefined);
  const command = decodeFrame(frame);
  chunk.fill(0);
  assert.equal(textOf(command.body), 'keep');
});
