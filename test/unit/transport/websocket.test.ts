// SPDX-License-Identifier: Apache-2.0
/** Goal: what is WebSocket's own: origins, plain HTTP, text messages, the choice of the engine. */
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { describe, test } from 'node:test';
import { WebSocket } from 'ws';
import { SystemClock } from '../../../src/core/clock.ts';
import type { ConnectionHandler } from '../../../src/protocol/transport.ts';
import { closeReasonText, originCheck } from '../../../src/transport/websocket-engine.ts';
import { WebSocketListener } from '../../../src/transport/websocket-listener.ts';
import { CollectingLog } from '../../helpers/collecting-log.ts';

const clock = new SystemClock();
const reasons: string[] = [];
const handler: ConnectionHandler = {
  onOpen: () => {},
  onData: (connection, chunk) => connection.write(chunk.slice()),
  onClose: (_connection, reason) => reasons.push(reason),
};

async function listening(engine: 'auto' | 'uws' | 'ws', allowedOrigins = '*') {
  const log = new CollectingLog();
  const listener = new WebSocketListener({
    ...{ engine, allowedOrigins, clock, log },
    host: '127.0.0.1',
    port: 0,
    portKey: 'webSocketListenPort',
  });
  const { port } = await listener.listen(handler);
  return { listener, log, url: `ws://127.0.0.1:${port}/`, port };
}

test('origins: a list, every one, and clients that are no browser', () => {
  const check = originCheck('https://a.example, https://B.example:8443');
  assert.equal(check('https://a.example'), true);
  assert.equal(check('https://b.example:8443'), true);
  assert.equal(check('https://c.example'), false);
  assert.equal(check('null'), false);
  assert.equal(check(''), true);
  assert.equal(originCheck('*')('https://c.example'), true);
  assert.equal(originCheck('')('https://c.example'), false);
});

test('a close reason fits its frame', () => {
  assert.equal(closeReasonText('Größe'), 'Gr??e');
  assert.equal(closeReasonText('x'.repeat(500)).length, 120);
});

for (const engine of ['ws', 'uws'] as const) {
  describe(engine, () => {
    test('another origin is refused, an allowed one is not', async () => {
      const { listener, url } = await listening(engine, 'https://a.example');
      const outcome = (origin: string) =>
        new Promise<string>((resolve) => {
          const socket = new WebSocket(url, { origin });
          socket.on('open', () => {
            socket.terminate();
            resolve('open');
          });
          socket.on('error', ({ message }) => resolve(message));
        });
      assert.match(await outcome('https://evil.example'), /40[13]/);
      assert.equal(await outcome('https://a.example'), 'open');
      await listener.close();
    });

    test('plain HTTP is told what the port is', async () => {
      const { listener, port } = await listening(engine);
      const { status, body } = await new Promise<{ status: number | undefined; body: string }>(
        (resolve, reject) => {
          request({ host: '127.0.0.1', port, agent: false }, async (response) => {
            let text = '';
            for await (const chunk of response) text += chunk;
            resolve({ status: response.statusCode, body: text });
          })
            .on('error', reject)
            .end();
        },
      );
      assert.equal(status, 426);
      assert.match(body, /speaks WebSocket/);
      await listener.close();
    });

    test('a text message closes with a reason; a message above 16 MiB too', async () => {
      const { listener, url } = await listening(engine);
      const closeOf = (send: (socket: WebSocket) => void) =>
        new Promise<{ code: number; reason: string }>((resolve) => {
          const socket = new WebSocket(url);
          socket.on('open', () => send(socket));
          socket.on('error', () => {});
          socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
        });
      const text = await closeOf((socket) => socket.send('hello'));
      assert.match(text.reason, /binary messages/);
      const large = await closeOf((socket) => socket.send(new Uint8Array(16 * 1024 * 1024 + 1)));
      assert.notEqual(large.code, 1000);
      await listener.close();
    });
  });
}

test('`auto` takes an engine that works and says so when it is the slower one', async () => {
  const { listener, log } = await listening('auto');
  const lines = log.lines.filter(({ message }) => message.includes('uWebSockets.js'));
  assert.equal(lines.length, listener.engineName === 'uws' ? 0 : 1);
  await listener.close();
});
