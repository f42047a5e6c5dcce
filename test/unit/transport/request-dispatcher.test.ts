// SPDX-License-Identifier: Apache-2.0
/** Goal: every request gets the answer it must get, and no processor can hurt a server. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApogeeError } from '../../../src/core/errors.ts';
import { ResponseCode } from '../../../src/protocol/codes.ts';
import { decodeFrame, encodeFrame, MAX_FRAME_BYTES } from '../../../src/protocol/frame.ts';
import type { RequestProcessor } from '../../../src/protocol/processor.ts';
import {
  createRequest,
  createResponse,
  FLAG_ONEWAY,
  SerializeType,
} from '../../../src/protocol/remoting-command.ts';
import { RemotingPeer } from '../../../src/transport/remoting-peer.ts';
import { RequestDispatcher } from '../../../src/transport/request-dispatcher.ts';
import { MAX_REQUESTS_IN_WORK } from '../../../src/transport/transport-limits.ts';
import { CollectingLog } from '../../helpers/collecting-log.ts';
import { FakeConnection } from '../../helpers/fake-connection.ts';
import { settle, VirtualClock } from '../../helpers/virtual-clock.ts';

const CODE = 10;

class PausableConnection extends FakeConnection {
  readonly reads: string[] = [];

  override pause(): void {
    this.reads.push('pause');
  }

  override resume(): void {
    this.reads.push('resume');
  }
}

function rig(processor: RequestProcessor) {
  const clock = new VirtualClock();
  const log = new CollectingLog();
  const connection = new PausableConnection();
  const peer = new RemotingPeer(connection, clock);
  const dispatcher = new RequestDispatcher({
    processors: new Map([[CODE, processor]]),
    clock,
    log,
  });
  const dispatch = (request = createRequest(CODE)) =>
    dispatcher.dispatch(peer, encodeFrame(request));
  const answers = () => connection.written.map((bytes) => decodeFrame(bytes));
  return { clock, log, connection, peer, dispatcher, dispatch, answers };
}

test('a processor sees the peer, the request and the time', () => {
  let seen: Parameters<RequestProcessor>[0] | undefined;
  const { dispatch, peer, clock } = rig((context) => {
    seen = context;
    return undefined;
  });
  dispatch();
  assert.equal(seen?.connection, peer);
  assert.equal(seen?.request.code, CODE);
  assert.equal(seen?.nowMs, clock.nowMs());
});

test('the answer has the opaque and the header encoding of the request', async () => {
  for (const isAsync of [false, true]) {
    const { dispatch, answers } = rig(({ request }) => {
      const response = createResponse(request);
      return isAsync ? Promise.resolve(response) : response;
    });
    const request = { ...createRequest(CODE), opaque: 77 };
    dispatch({ ...request, serializeType: SerializeType.ROCKETMQ });
    await settle();
    assert.equal(answers()[0]?.opaque, 77);
    assert.equal(answers()[0]?.serializeType, SerializeType.ROCKETMQ);
  }
});

test('a failure is SYSTEM_ERROR with a remark that helps, and a line in the log', async () => {
  for (const isAsync of [false, true]) {
    const error = new ApogeeError('HEADER_FIELD', 'the field topic is missing', {
      cure: 'send it',
    });
    const { dispatch, answers, log } = rig(() => {
      if (isAsync) return Promise.reject(error);
      throw error;
    });
    dispatch();
    await settle();
    assert.equal(answers()[0]?.code, ResponseCode.SYSTEM_ERROR);
    assert.equal(answers()[0]?.remark, 'the field topic is missing; send it');
    assert.equal(log.complaints('a request failed').length, 1);
  }
});

test('a bug is told to the client without its stack, which goes to the log', () => {
  const { dispatch, answers, log } = rig(() => {
    throw new TypeError('x is not a function');
  });
  dispatch();
  assert.equal(answers()[0]?.remark, 'internal error: x is not a function');
  assert.match(String(log.complaints('a processor failed')[0]?.fields['error']), /at .*\.js/);
});

test('an unknown code is answered, a oneway request never is', () => {
  const { dispatch, answers, connection } = rig(() => {
    throw new Error('fails');
  });
  dispatch(createRequest(29_999));
  assert.equal(answers()[0]?.code, ResponseCode.REQUEST_CODE_NOT_SUPPORTED);
  assert.equal(answers()[0]?.remark, ' request type 29999 not supported');
  dispatch({ ...createRequest(29_999), flag: FLAG_ONEWAY });
  dispatch({ ...createRequest(CODE), flag: FLAG_ONEWAY });
  assert.equal(connection.written.length, 1);
});

test('an answer that does not fit a frame becomes an error the client can read', () => {
  const { dispatch, answers } = rig(({ request }) =>
    createResponse(request, ResponseCode.SUCCESS, { body: new Uint8Array(MAX_FRAME_BYTES) }),
  );
  dispatch();
  assert.equal(answers()[0]?.code, ResponseCode.SYSTEM_ERROR);
  assert.match(answers()[0]?.remark ?? '', /does not fit a frame/);
});

test('a frame that cannot be decoded closes the peer', () => {
  const { dispatcher, peer, connection, log } = rig(() => undefined);
  dispatcher.dispatch(peer, Uint8Array.of(0, 0, 0, 4, 9, 0, 0, 0));
  assert.match(connection.closeReason ?? '', /encoding 9/);
  assert.equal(log.complaints().length, 1);
});

test('an answer of the peer goes to the request that waits, a stray one nowhere', async () => {
  const { dispatch, peer, answers, log } = rig(() => undefined);
  const waiting = peer.invoke(createRequest(40), 1000);
  const asked = answers()[0];
  assert.ok(asked);
  dispatch(createResponse(asked, 5));
  assert.equal((await waiting).code, 5);
  dispatch(createResponse(asked, 6));
  assert.deepEqual(log.complaints(), []);
});

test('a closed peer takes nothing and fails what waits', async () => {
  const { peer } = rig(() => undefined);
  const waiting = assert.rejects(
    peer.invoke(createRequest(40), 1000),
    (error) => error instanceof ApogeeError && error.code === 'CONNECTION_CLOSED',
  );
  peer.onClosed('gone');
  await waiting;
  assert.equal(peer.isOpen, false);
  assert.equal(peer.send(createRequest(1)), false);
  await assert.rejects(peer.invoke(createRequest(40), 1000), /closed/);
});

test('a peer with too many requests in work is not read until one ends', async () => {
  const ends: (() => void)[] = [];
  const { dispatch, connection } = rig(
    () => new Promise((resolve) => ends.push(() => resolve(undefined))),
  );
  for (let count = 1; count < MAX_REQUESTS_IN_WORK; count += 1) dispatch();
  assert.deepEqual(connection.reads, []);
  dispatch();
  assert.deepEqual(connection.reads, ['pause']);
  ends[0]?.();
  await settle();
  assert.deepEqual(connection.reads, ['pause', 'resume']);
});
