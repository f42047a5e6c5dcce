// SPDX-License-Identifier: Apache-2.0
/**
 * Goal: requests and answers work the same over every transport, and what one peer sends wrong
 * closes that peer alone. Method: a server with small processors, a pooled client, and raw bytes.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { SystemClock } from '../../../src/core/clock.ts';
import { ApogeeError } from '../../../src/core/errors.ts';
import { silentLog } from '../../../src/core/log.ts';
import { ResponseCode } from '../../../src/protocol/codes.ts';
import { encodeFrame, MAX_FRAME_BYTES } from '../../../src/protocol/frame.ts';
import { formatHostPort } from '../../../src/protocol/ip-address.ts';
import type { ProcessorTable, RequestProcessor } from '../../../src/protocol/processor.ts';
import {
  createRequest,
  createResponse,
  newExtFields,
  SerializeType,
} from '../../../src/protocol/remoting-command.ts';
import type { Connector } from '../../../src/protocol/transport.ts';
import { PooledRemotingClient } from '../../../src/transport/remoting-client.ts';
import type { RemotingPeer } from '../../../src/transport/remoting-peer.ts';
import { RemotingServer } from '../../../src/transport/remoting-server.ts';
import { RequestDispatcher } from '../../../src/transport/request-dispatcher.ts';
import { Collector } from './collector.ts';
import { type TransportUnderTest, transports, uwsMissing } from './transports.ts';

const noUws = await uwsMissing();
const clock = new SystemClock();
const options = { timeoutMs: 5000 };

const ECHO = 10_001;
const LATER = 10_002;
const ASK_BACK = 10_003;
const COUNT = 10_004;
const QUESTION = 10_005;

let counted = 0;

const processors: ProcessorTable = new Map<number, RequestProcessor>([
  [ECHO, ({ request }) => createResponse(request, ResponseCode.SUCCESS, { ...request })],
  [
    LATER,
    async ({ request }) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return createResponse(request);
    },
  ],
  [
    ASK_BACK,
    async ({ connection, request }) => {
      const answer = await connection.invoke(createRequest(QUESTION), 1000);
      return createResponse(request, answer.code, { remark: answer.remark });
    },
  ],
  [
    COUNT,
    () => {
      counted += 1;
      return undefined;
    },
  ],
]);

interface Rig {
  readonly server: RemotingServer;
  readonly client: PooledRemotingClient;
  readonly connector: Connector;
  readonly address: string;
  readonly closed: { peer: RemotingPeer; reason: string }[];
}

async function startRig(transport: TransportUnderTest): Promise<Rig> {
  const closed: { peer: RemotingPeer; reason: string }[] = [];
  const log = silentLog;
  const server = new RemotingServer({
    listeners: [transport.listener()],
    dispatcher: new RequestDispatcher({ processors, clock, log }),
    clock,
    log,
    onPeerClose: (peer, reason) => closed.push({ peer, reason }),
  });
  const [bound] = await server.start();
  assert.ok(bound);
  const connector = await transport.connector();
  const client = new PooledRemotingClient({ connector, clock });
  return { server, client, connector, address: formatHostPort(bound.host, bound.port), closed };
}

function answers(rig: () => Rig): void {
  test('answers in the encoding of the request, body and fields included', async () => {
    for (const serializeType of [SerializeType.JSON, SerializeType.ROCKETMQ]) {
      const extFields = newExtFields();
      extFields['topic'] = 'Größe';
      const request = createRequest(ECHO, extFields, Buffer.from('hello'));
      request.serializeType = serializeType;
      const response = await rig().client.invoke(rig().address, request, options);
      assert.equal(response.code, ResponseCode.SUCCESS);
      assert.equal(response.serializeType, serializeType);
      assert.equal(response.extFields['topic'], 'Größe');
      assert.equal(Buffer.from(response.body ?? []).toString(), 'hello');
    }
  });

  test('many requests at once, answered in any order', async () => {
    const { client, address } = rig();
    const codes = await Promise.all(
      Array.from({ length: 300 }, async (_, index) => {
        const code = index % 3 === 0 ? LATER : ECHO;
        return (await client.invoke(address, createRequest(code), options)).code;
      }),
    );
    assert.deepEqual([...new Set(codes)], [ResponseCode.SUCCESS]);
  });

  test('an unknown code is answered with REQUEST_CODE_NOT_SUPPORTED', async () => {
    const { client, address } = rig();
    const response = await client.invoke(address, createRequest(29_999), options);
    assert.equal(response.code, ResponseCode.REQUEST_CODE_NOT_SUPPORTED);
    assert.equal(response.remark, ' request type 29999 not supported');
  });

  test('a oneway request is served and never answered', async () => {
    const { client, address } = rig();
    const countedBefore = counted;
    await client.invokeOneway(address, createRequest(COUNT), options);
    await client.invokeOneway(address, createRequest(29_999), options);
    await client.invoke(address, createRequest(ECHO), options);
    assert.equal(counted, countedBefore + 1);
  });

  test('the server asks the client', async () => {
    const { client, address } = rig();
    client.handleRequests(QUESTION, (request, from) => {
      assert.equal(from, address);
      return createResponse(request, 77, { remark: 'from the client' });
    });
    const response = await client.invoke(address, createRequest(ASK_BACK), options);
    assert.equal(response.code, 77);
    assert.equal(response.remark, 'from the client');
  });
}

function limits(rig: () => Rig): void {
  test('a frame of 16 MiB passes, its answer too', async () => {
    const { client, address } = rig();
    const frame = encodeFrame(createRequest(ECHO, newExtFields(), Buffer.alloc(1)));
    // The answer's header is as long as the request's at most by a few bytes; leave room.
    const body = Buffer.alloc(MAX_FRAME_BYTES - frame.length - 200, 7);
    const response = await client.invoke(
      address,
      createRequest(ECHO, newExtFields(), body),
      options,
    );
    assert.equal(response.body?.length, body.length);
  });

  test('a frame one byte past 16 MiB closes the connection that claims it', async () => {
    const { client, connector, address, closed } = rig();
    const closedBefore = closed.length;
    const prefix = Buffer.alloc(8);
    prefix.writeInt32BE(MAX_FRAME_BYTES - 3);
    const collector = new Collector();
    const raw = await connector.connect(address, collector, options);
    raw.write(prefix);
    await collector.until(() => collector.closed.length === 1);
    await client.invoke(address, createRequest(ECHO), options);
    assert.equal(closed.length, closedBefore + 1);
    assert.match(closed.at(-1)?.reason ?? '', /16777213/);
  });

  for (const [what, bytes, reason] of [
    ['length 0', Buffer.from([0, 0, 0, 0, 0, 0, 0, 0]), /length of 0/],
    ['length 3', Buffer.from([0, 0, 0, 3, 0, 0, 0]), /length of 3/],
    ['length 2^31', Buffer.from([0x80, 0, 0, 0, 0]), /length of -2147483648/],
    ['a header longer than its frame', Buffer.from([0, 0, 0, 4, 0, 0, 0, 9]), /header of 9 bytes/],
    ['an unknown header encoding', Buffer.from([0, 0, 0, 4, 9, 0, 0, 0]), /encoding 9/],
    ['truncated JSON', Buffer.from([0, 0, 0, 5, 0, 0, 0, 1, 0x7b]), /header/],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n'), /HTTP request/],
    ['TLS', Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc]), /TLS handshake/],
  ] as const) {
    test(`${what}: that connection is closed, others notice nothing`, async () => {
      const { client, connector, address, closed } = rig();
      const collector = new Collector();
      const raw = await connector.connect(address, collector, options);
      raw.write(bytes);
      await collector.until(() => collector.closed.length === 1);
      assert.match(closed.at(-1)?.reason ?? '', reason);
      await client.invoke(address, createRequest(ECHO), options);
    });
  }
}

function boundaries(rig: () => Rig): void {
  test('requests cut at every byte are put together again', async () => {
    const { connector, address } = rig();
    const request = createRequest(ECHO, newExtFields(), Buffer.from('abc'));
    const frame = encodeFrame(request);
    const collector = new Collector();
    const raw = await connector.connect(address, collector, options);
    const answer = encodeFrame(createResponse(request, 0, { ...request }));
    for (let cut = 1; cut < frame.length; cut += 1) {
      raw.write(frame.subarray(0, cut));
      await raw.flushed();
      await new Promise((resolve) => setImmediate(resolve));
      raw.write(frame.subarray(cut));
      await collector.received(answer.length * cut);
    }
    assert.equal(collector.receivedBytes, answer.length * (frame.length - 1));
    raw.close('done');
  });

  test('several frames in one write are all answered', async () => {
    const { connector, address } = rig();
    const request = createRequest(ECHO);
    const collector = new Collector();
    const raw = await connector.connect(address, collector, options);
    raw.write(Buffer.concat(Array.from({ length: 100 }, () => encodeFrame(request))));
    await collector.received(100 * encodeFrame(createResponse(request)).length);
    raw.close('done');
  });
}

function losses(rig: () => Rig): void {
  test(`at a loss, what waits fails, is told, and the next use dials again`, async () => {
    const { connector, address } = rig();
    const client = new PooledRemotingClient({ connector, clock });
    const lost: string[] = [];
    client.onDisconnect((from) => lost.push(from));
    client.handleRequests(QUESTION, () => new Promise(() => {}));
    const waiting = client.invoke(address, createRequest(ASK_BACK), { timeoutMs: 400 });
    await assert.rejects(
      waiting,
      (error) => error instanceof ApogeeError && error.code === 'REQUEST_TIMEOUT',
    );
    const response = await client.invoke(address, createRequest(ECHO), options);
    assert.equal(response.code, ResponseCode.SUCCESS);
    await client.close();
    await assert.rejects(
      client.invoke(address, createRequest(ECHO), options),
      (error) => error instanceof ApogeeError && error.code === 'CLIENT_CLOSED',
    );
  });
}

for (const transport of transports) {
  const skip = transport.name.endsWith('uws') && noUws;
  describe(`remoting over ${transport.name}`, { skip: skip ?? false }, () => {
    let rig: Rig;
    // Timers of the transports alone do not keep a process alive.
    const keepAlive = setInterval(() => {}, 1000);
    before(async () => {
      rig = await startRig(transport);
    });
    after(async () => {
      clearInterval(keepAlive);
      await rig.client.close();
      await rig.server.close();
      assert.equal(rig.server.peerCount, 0);
    });
    answers(() => rig);
    limits(() => rig);
    boundaries(() => rig);
    losses(() => rig);
  });
}
