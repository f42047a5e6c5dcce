// SPDX-License-Identifier: Apache-2.0
/**
 * Goal: every transport carries bytes the same way. Method: one suite over TCP, both WebSocket
 * engines and memory: order, size, back-pressure, closing, idleness, ports.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ApogeeError } from '../../../src/core/errors.ts';
import { formatHostPort } from '../../../src/protocol/ip-address.ts';
import type { ByteConnection, Listener } from '../../../src/protocol/transport.ts';
import { MAX_UNSENT_BYTES } from '../../../src/transport/transport-limits.ts';
import { Collector } from './collector.ts';
import { type TransportUnderTest, transports, uwsMissing } from './transports.ts';

const noUws = await uwsMissing();
const timeoutMs = 3000;

interface Pair {
  readonly listener: Listener;
  readonly server: Collector;
  readonly client: Collector;
  readonly connection: ByteConnection;
}

async function connected(
  transport: TransportUnderTest,
  onServerChunk?: (connection: ByteConnection, chunk: Uint8Array) => void,
  options: { readonly idleTimeoutMs?: number } = {},
): Promise<Pair> {
  const listener = transport.listener(options);
  const server = new Collector(onServerChunk);
  const { host, port } = await listener.listen(server);
  const client = new Collector();
  const connector = await transport.connector();
  const connection = await connector.connect(formatHostPort(host, port), client, { timeoutMs });
  return { listener, server, client, connection };
}

function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8)) & 0xff);
}

function carriesBytes(transport: TransportUnderTest): void {
  test('echoes in order', async () => {
    const { listener, client, connection } = await connected(transport, (peer, chunk) => {
      peer.write(chunk.slice());
    });
    const parts = Array.from({ length: 50 }, (_, index) => pattern(index * 37 + 1));
    for (const part of parts) connection.write(part);
    const expected = Buffer.concat(parts);
    await client.received(expected.length);
    assert.deepEqual(client.bytes(), expected);
    await listener.close();
  });

  test('carries 16 MiB in one write', async () => {
    const { listener, server, connection } = await connected(transport);
    const bytes = pattern(16 * 1024 * 1024);
    if (!connection.write(bytes)) await connection.flushed();
    await server.received(bytes.length);
    assert.equal(server.bytes().compare(bytes), 0);
    await listener.close();
  });

  test('tells both addresses', async () => {
    const { listener, server, client, connection } = await connected(transport);
    const accepted = await server.connection();
    assert.equal(accepted.remote.host, '127.0.0.1');
    assert.equal(accepted.local.host, '127.0.0.1');
    assert.equal(accepted.local.port, connection.remote.port);
    assert.equal(client.opened[0], connection);
    assert.equal(accepted.kind, connection.kind);
    await listener.close();
  });
}

function opensAndCloses(transport: TransportUnderTest): void {
  test('a close arrives once on both sides, after what was sent before', async () => {
    const { listener, server, client, connection } = await connected(transport);
    const accepted = await server.connection();
    accepted.write(pattern(100));
    await client.received(100);
    accepted.close('goodbye');
    accepted.close('goodbye again');
    await client.until(() => client.closed.length > 0);
    await server.until(() => server.closed.length > 0);
    assert.deepEqual(server.closed, ['goodbye']);
    assert.equal(client.closed.length, 1);
    assert.equal(connection.write(pattern(10)), true, 'a write after the end is dropped');
    await connection.flushed();
    await listener.close();
  });

  test('closing the listener closes its connections and refuses new ones', async () => {
    const { listener, client, connection } = await connected(transport);
    await listener.close();
    await client.until(() => client.closed.length === 1);
    const { host, port } = connection.remote;
    const connector = await transport.connector();
    await assert.rejects(
      connector.connect(formatHostPort(host, port), new Collector(), { timeoutMs }),
      (error) => error instanceof ApogeeError && error.code === 'CONNECT_FAILED',
    );
  });

  test('a port in use is an error that names port, key and cure', async () => {
    const { listener, connection } = await connected(transport);
    const { port } = connection.remote;
    await assert.rejects(transport.listener({ port }).listen(new Collector()), (error) => {
      assert.ok(error instanceof ApogeeError);
      assert.equal(error.code, 'PORT_IN_USE');
      assert.match(error.message, new RegExp(`port ${port}`));
      assert.match(error.cure ?? '', /free port/);
      return true;
    });
    await listener.close();
  });
}

function pushesBack(transport: TransportUnderTest): void {
  test('a paused reader gets nothing until it resumes, and then everything', async () => {
    const { listener, server, connection } = await connected(transport);
    const accepted = await server.connection();
    connection.write(pattern(1000));
    await server.received(1000);
    accepted.pause();
    connection.write(pattern(5000));
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(server.receivedBytes, 1000);
    accepted.resume();
    await server.received(6000);
    await listener.close();
  });

  test('a peer that does not read is not read either, and recovers', async () => {
    // The server answers each request with far more bytes; the client does not read.
    const answer = pattern(256 * 1024);
    let requests = 0;
    const { listener, client, connection } = await connected(transport, (peer, chunk) => {
      for (let index = 0; index < chunk.length; index += 1) {
        requests += 1;
        peer.write(answer);
      }
    });
    connection.pause();
    const asked = 60;
    for (let index = 0; index < asked; index += 1) {
      connection.write(Uint8Array.of(index));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    // What the kernel buffers is unknown; the limit shows only where there is no kernel.
    if (transport.name === 'memory') {
      assert.ok(requests * answer.length <= MAX_UNSENT_BYTES + 2 * answer.length);
    }
    connection.resume();
    await client.received(asked * answer.length);
    assert.equal(requests, asked);
    await listener.close();
  });
}

function protectsOthers(transport: TransportUnderTest): void {
  test('a throw of a handler closes that connection alone', async () => {
    const { listener, server, client, connection } = await connected(transport, (peer, chunk) => {
      if (chunk[0] === 66) throw new Error('a bug');
      peer.write(chunk.slice());
    });
    const other = new Collector();
    const connector = await transport.connector();
    const address = formatHostPort(connection.remote.host, connection.remote.port);
    const survivor = await connector.connect(address, other, { timeoutMs });
    connection.write(Uint8Array.of(66));
    await client.until(() => client.closed.length === 1);
    assert.deepEqual(server.closed, ['internal error: a bug']);
    survivor.write(Uint8Array.of(1));
    await other.received(1);
    await listener.close();
  });

  test('closes what is idle and keeps what is not', async () => {
    const idleTimeoutMs = 240;
    const { listener, server, client, connection } = await connected(
      transport,
      (peer, chunk) => peer.write(chunk.slice()),
      { idleTimeoutMs },
    );
    // The sweeper alone does not keep a process alive.
    const keepAlive = setInterval(() => {}, 1000);
    const startMs = performance.now();
    for (let index = 0; index < 20; index += 1) {
      connection.write(Uint8Array.of(index));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.equal(client.closed.length, 0);
    await server.until(() => server.closed.length > 0);
    assert.deepEqual(server.closed, ['idle for 0.24 s']);
    clearInterval(keepAlive);
    assert.ok(performance.now() - startMs >= 400 + idleTimeoutMs - 40);
    await listener.close();
  });
}

for (const transport of transports) {
  const skip = transport.name.endsWith('uws') && noUws;
  describe(transport.name, { skip: skip ?? false }, () => {
    carriesBytes(transport);
    opensAndCloses(transport);
    pushesBack(transport);
    protectsOthers(transport);
  });
}
