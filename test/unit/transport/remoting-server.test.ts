// SPDX-License-Identifier: Apache-2.0
/** Goal: what a server keeps of its peers is bounded, and every refusal is one line in the log. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRequest, createResponse } from '../../../src/protocol/remoting-command.ts';
import { describeForeignBytes } from '../../../src/transport/foreign-bytes.ts';
import { MemoryListener } from '../../../src/transport/memory-transport.ts';
import { RemotingServer } from '../../../src/transport/remoting-server.ts';
import { RequestDispatcher } from '../../../src/transport/request-dispatcher.ts';
import { memoryRig, SERVER } from './memory-rig.ts';

const silent = { onOpen: () => {}, onData: () => {}, onClose: () => {} };

test('incomplete frames of all peers together are bounded', async () => {
  const maxCarriedBytes = 1000;
  const { clock, connector, server, log } = await memoryRig(new Map(), {
    server: { maxCarriedBytes },
  });
  // Each claims a frame of 16 MiB and sends little of it.
  const part = new Uint8Array(500);
  part.set([0, 0xff, 0xff, 0xfc]);
  const dial = async () => {
    const connecting = connector.connect(SERVER, silent);
    await clock.advance(1);
    return await connecting;
  };
  const first = await dial();
  const second = await dial();
  first.write(part);
  second.write(part);
  await clock.advance(1);
  assert.equal(server.peerCount, 2, 'at the limit');
  second.write(Uint8Array.of(1));
  await clock.advance(1);
  assert.equal(server.peerCount, 1, 'one past it');
  assert.equal(log.complaints('no remoting frame').length, 1);
  first.write(part);
  await clock.advance(1);
  assert.equal(server.peerCount, 1, 'what a closed peer held is free again');
});

test('when one listener cannot listen, none does', async () => {
  const { clock, log, network } = await memoryRig(new Map());
  const at = (port: number) => new MemoryListener(network, { host: '10.0.0.1', port });
  const dispatcher = new RequestDispatcher({ processors: new Map(), clock, log });
  const server = new RemotingServer({ listeners: [at(1), at(10_911)], dispatcher, clock, log });
  await assert.rejects(server.start(), /port 10911 is used/);
  const again = new RemotingServer({ listeners: [at(1)], dispatcher, clock, log });
  assert.deepEqual(await again.start(), [{ host: '10.0.0.1', port: 1 }]);
});

test('peers are told when they come and go, with the reason', async () => {
  const events: string[] = [];
  const { clock, client, server } = await memoryRig(
    new Map([[1, ({ request }) => createResponse(request)]]),
    {
      server: {
        onPeerOpen: (peer) => events.push(`open ${peer.remote.host}`),
        onPeerClose: (peer, reason) => events.push(`close ${peer.isOpen} ${reason}`),
      },
    },
  );
  const answer = client.invoke(SERVER, createRequest(1), { timeoutMs: 1000 });
  await clock.advance(10);
  await answer;
  const closed = server.close();
  await clock.advance(10);
  await closed;
  assert.deepEqual(events, ['open 10.0.0.2', 'close false the server stops']);
});

test('foreign bytes are named', () => {
  const named = (text: string) => describeForeignBytes(Buffer.from(text, 'latin1'));
  assert.match(named('GET /topic HTTP/1.1') ?? '', /HTTP/);
  assert.match(named('PRI * HTTP/2.0') ?? '', /HTTP/);
  assert.match(named('\x16\x03\x01') ?? '', /TLS/);
  assert.match(named('SSH-2.0-OpenSSH') ?? '', /SSH/);
  assert.match(named('PROXY TCP4 1.2.3.4') ?? '', /PROXY/);
  assert.equal(named('GETTER'), undefined);
  assert.equal(named(''), undefined);
});
