// SPDX-License-Identifier: Apache-2.0
/** Goal: a client's deadlines, limits and losses. Method: memory transport on a virtual clock. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApogeeError, type ErrorCode } from '../../../src/core/errors.ts';
import { ResponseCode } from '../../../src/protocol/codes.ts';
import type { RequestProcessor } from '../../../src/protocol/processor.ts';
import { createRequest, createResponse } from '../../../src/protocol/remoting-command.ts';
import { memoryRig, SERVER } from './memory-rig.ts';

const ECHO = 1;
const NEVER = 2;
const timeoutMs = 3000;

const processors = new Map<number, RequestProcessor>([
  [ECHO, ({ request }) => createResponse(request)],
  [NEVER, () => undefined],
]);

const withCode = (code: ErrorCode) => (error: unknown) =>
  error instanceof ApogeeError && error.code === code;

test('an answer comes by way of one connection, dialled once for all callers', async () => {
  const { client, clock, server } = await memoryRig(processors);
  const answers = Promise.all(
    Array.from({ length: 5 }, () => client.invoke(SERVER, createRequest(ECHO), { timeoutMs })),
  );
  await clock.advance(1);
  assert.deepEqual(new Set((await answers).map(({ code }) => code)), new Set([0]));
  assert.equal(server.peerCount, 1);
});

test('a request that nobody answers fails at its deadline, with what and where', async () => {
  const { client, clock } = await memoryRig(processors);
  const answer = client.invoke(SERVER, createRequest(NEVER), { timeoutMs });
  const failed = assert.rejects(answer, (error) => {
    assert.ok(error instanceof ApogeeError);
    assert.equal(error.code, 'REQUEST_TIMEOUT');
    assert.match(error.message, /10\.0\.0\.1:10911 to UNKNOWN_2 within 3000 ms/);
    return true;
  });
  await clock.advance(timeoutMs - 100);
  let settled = false;
  answer.catch(() => {
    settled = true;
  });
  await clock.advance(0);
  assert.equal(settled, false);
  await clock.advance(200);
  await failed;
});

test('a silent peer is dropped and dialled again; one that talks is kept', async () => {
  const { client, clock, server } = await memoryRig(processors);
  const lost: string[] = [];
  client.onDisconnect((address) => lost.push(address));
  const waiting = client.invoke(SERVER, createRequest(NEVER), { timeoutMs });
  const failed = assert.rejects(waiting, withCode('REQUEST_TIMEOUT'));
  await clock.advance(1000);
  const echo = client.invoke(SERVER, createRequest(ECHO), { timeoutMs });
  await clock.advance(3000);
  await echo;
  await failed;
  assert.deepEqual(lost, [], 'bytes came meanwhile, so the peer lives');
  const silent = assert.rejects(
    client.invoke(SERVER, createRequest(NEVER), { timeoutMs }),
    withCode('REQUEST_TIMEOUT'),
  );
  await clock.advance(4000);
  await silent;
  assert.deepEqual(lost, [SERVER]);
  assert.equal(server.peerCount, 0);
  const again = client.invoke(SERVER, createRequest(ECHO), { timeoutMs });
  await clock.advance(10);
  assert.equal((await again).code, ResponseCode.SUCCESS);
});

test('at most so many requests wait for an answer', async () => {
  const { client, clock } = await memoryRig(processors, { client: { maxOutstandingRequests: 3 } });
  const waiting = Array.from({ length: 3 }, () =>
    client.invoke(SERVER, createRequest(NEVER), { timeoutMs }),
  );
  const failures = waiting.map((answer) => assert.rejects(answer, withCode('REQUEST_TIMEOUT')));
  await clock.advance(10);
  await assert.rejects(
    client.invoke(SERVER, createRequest(ECHO), { timeoutMs }),
    withCode('TOO_MANY_REQUESTS'),
  );
  await clock.advance(4000);
  await Promise.all(failures);
  const answer = client.invoke(SERVER, createRequest(ECHO), { timeoutMs });
  await clock.advance(10);
  assert.equal((await answer).code, ResponseCode.SUCCESS);
});

test('an address where nobody listens fails, and is dialled anew each time', async () => {
  const { client, clock } = await memoryRig(processors);
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const failed = assert.rejects(
      client.invoke('10.0.0.9:1', createRequest(ECHO), { timeoutMs }),
      withCode('CONNECT_FAILED'),
    );
    await clock.advance(10);
    await failed;
  }
});

test('a caller stops waiting for a slow dial at its own deadline', async () => {
  const { client, clock } = await memoryRig(processors, { network: { latencyMs: 500 } });
  const failed = assert.rejects(
    client.invoke(SERVER, createRequest(ECHO), { timeoutMs: 100 }),
    withCode('CONNECT_FAILED'),
  );
  await clock.advance(100);
  await failed;
  const patient = client.invoke(SERVER, createRequest(ECHO), { timeoutMs });
  await clock.advance(2000);
  assert.equal((await patient).code, ResponseCode.SUCCESS);
});

test('a signal ends the wait with its reason and leaves nothing behind', async () => {
  const { client, clock } = await memoryRig(processors);
  const controller = new AbortController();
  const { signal } = controller;
  const answer = client.invoke(SERVER, createRequest(NEVER), { timeoutMs, signal });
  await clock.advance(10);
  controller.abort(new Error('enough'));
  await assert.rejects(answer, /enough/);
  await assert.rejects(
    client.invoke(SERVER, createRequest(ECHO), { timeoutMs, signal }),
    /enough/,
    'a signal that fired before sends nothing',
  );
  await clock.advance(200);
  assert.equal(clock.pending, 2, 'the idle timers of the two sides are all that is left');
});

test('the timer for deadlines runs only while something waits', async () => {
  const { client, clock } = await memoryRig(processors);
  const answer = client.invoke(SERVER, createRequest(ECHO), { timeoutMs });
  await clock.advance(10);
  await answer;
  assert.equal(clock.pending, 3);
  await clock.advance(100);
  assert.equal(clock.pending, 2);
});

test('closing fails what waits and refuses what comes', async () => {
  const { client, clock, server } = await memoryRig(processors);
  const waiting = assert.rejects(
    client.invoke(SERVER, createRequest(NEVER), { timeoutMs }),
    withCode('CLIENT_CLOSED'),
  );
  await clock.advance(10);
  await client.close();
  await waiting;
  await assert.rejects(
    client.invoke(SERVER, createRequest(ECHO), { timeoutMs }),
    withCode('CLIENT_CLOSED'),
  );
  await clock.advance(10);
  assert.equal(server.peerCount, 0);
});

test('a server that leaves fails what waits with CONNECTION_CLOSED', async () => {
  const { client, clock, server } = await memoryRig(processors);
  const waiting = assert.rejects(
    client.invoke(SERVER, createRequest(NEVER), { timeoutMs }),
    withCode('CONNECTION_CLOSED'),
  );
  await clock.advance(10);
  const closed = server.close();
  await clock.advance(10);
  await closed;
  await waiting;
});

test('requests of the server: unknown ones and failures are answered', async () => {
  const asked: number[] = [];
  const ask: RequestProcessor = async ({ connection, request }) => {
    const answer = await connection.invoke(createRequest(Number(request.remark)), 1000);
    return createResponse(request, answer.code, { remark: answer.remark });
  };
  const { client, clock } = await memoryRig(new Map([[ECHO, ask]]));
  client.handleRequests(40, () => {
    asked.push(40);
    throw new Error('a bug of the client');
  });
  for (const [code, expected, remark] of [
    [40, ResponseCode.SYSTEM_ERROR, 'a bug of the client'],
    [41, ResponseCode.REQUEST_CODE_NOT_SUPPORTED, ' request type 41 not supported'],
  ] as const) {
    const request = createRequest(ECHO);
    request.remark = String(code);
    const answer = client.invoke(SERVER, request, { timeoutMs });
    await clock.advance(20);
    assert.equal((await answer).code, expected);
    assert.equal((await answer).remark, remark);
  }
  assert.deepEqual(asked, [40]);
});
