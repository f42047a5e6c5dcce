// SPDX-License-Identifier: Apache-2.0
/**
 * Goal: bytes that are no remoting frames hurt only the connection they came on.
 * Method: send each kind to the broker's and the name server's port of a real process, expect that
 * connection to be closed, one log line that names the peer, and a working neighbour throughout.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { RequestCode } from '../../../src/protocol/codes.ts';
import { decodeFrame, encodeFrame, MAX_FRAME_BYTES } from '../../../src/protocol/frame.ts';
import { createRequest, type RemotingCommand } from '../../../src/protocol/remoting-command.ts';
import { type ApogeeProcess, startApogee } from '../../helpers/apogee-process.ts';

let apogee: ApogeeProcess;
before(async () => {
  apogee = await startApogee();
});
after(async () => {
  await apogee.stop();
  apogee.remove();
});

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value | 0);
  return bytes;
}

function frameOf(header: string, headerWord = header.length): Buffer {
  return Buffer.concat([int32(4 + header.length), int32(headerWord), Buffer.from(header)]);
}

const notFrames: readonly (readonly [string, Buffer])[] = [
  ['length 0', int32(0)],
  ['length 3', Buffer.concat([int32(3), Buffer.alloc(3)])],
  ['length 2^31', Buffer.concat([int32(0x80000000), Buffer.alloc(60)])],
  ['length 16 MiB + 1', Buffer.concat([int32(MAX_FRAME_BYTES + 1 - 4), Buffer.alloc(60)])],
  ['a header longer than its frame', frameOf('{"code":11}', 5000)],
  ['truncated JSON', frameOf('{"code":11,"extFields":{"topic":"T"')],
  ['an unknown serialize type', frameOf('{"code":11}', 0x07000000 | 11)],
  ['a binary header that lies', frameOf('\0\x0a\0\0\0\x7f\xff\xff\xff', 0x01000000 | 9)],
  ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')],
  ['TLS', Buffer.from('160301010001000000fc0303000102030405060708090a0b0c0d0e0f', 'hex')],
];

/** Resolves when the peer closes. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.on('close', () => resolve());
    socket.on('error', () => {});
    socket.resume();
  });
}

async function ask(port: number, request: RemotingCommand): Promise<RemotingCommand> {
  const socket = connect(port, '127.0.0.1');
  socket.write(encodeFrame(request));
  let bytes = Buffer.alloc(0);
  for await (const chunk of socket) {
    bytes = Buffer.concat([bytes, chunk as Buffer]);
    if (bytes.length >= 4 && bytes.length >= bytes.readInt32BE() + 4) break;
  }
  socket.destroy();
  return decodeFrame(bytes.subarray(0, bytes.readInt32BE() + 4));
}

const clusterInfo = (): RemotingCommand => createRequest(RequestCode.GET_BROKER_CLUSTER_INFO);
const runtimeInfo = (): RemotingCommand => createRequest(RequestCode.GET_BROKER_RUNTIME_INFO);

for (const port of ['brokerPort', 'namesrvPort'] as const) {
  for (const [name, bytes] of notFrames) {
    test(`${port}: ${name} closes that connection and nothing else`, async () => {
      const neighbour = connect(apogee[port], '127.0.0.1');
      await new Promise((resolve) => neighbour.once('connect', resolve));
      const linesBefore = apogee.stderr().split('\n').length;
      const socket = connect(apogee[port], '127.0.0.1');
      const gone = closed(socket);
      socket.write(bytes);
      await Promise.race([
        gone,
        delay(5000).then(() => assert.fail('the connection was not closed')),
      ]);
      await delay(20);
      const lines = apogee
        .stderr()
        .split('\n')
        .slice(linesBefore - 1, -1);
      assert.equal(lines.length, 1, `one log line, not\n${lines.join('\n')}`);
      assert.match(lines[0] ?? '', /127\.0\.0\.1/);
      assert.equal(neighbour.destroyed, false);
      neighbour.destroy();
      const request = port === 'namesrvPort' ? clusterInfo() : runtimeInfo();
      assert.notEqual((await ask(apogee[port], request)).code, undefined);
    });
  }
}

test('an unknown request code is answered, and the connection stays', async () => {
  for (const port of [apogee.brokerPort, apogee.namesrvPort]) {
    const answer = await ask(port, createRequest(29_999));
    assert.deepEqual([answer.code, answer.remark], [3, ' request type 29999 not supported']);
  }
});

test('claimed lengths cost no memory', { skip: noProcReason() }, async () => {
  const before = anonymousBytes(apogee.pid);
  const sockets: Socket[] = [];
  for (let i = 0; i < 200; i++) {
    const socket = connect(apogee.brokerPort, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(Buffer.concat([int32(MAX_FRAME_BYTES - 4), Buffer.alloc(1000)]));
    sockets.push(socket);
  }
  await delay(500);
  const grown = anonymousBytes(apogee.pid) - before;
  for (const socket of sockets) socket.destroy();
  assert.ok(grown < 40 * 1024 * 1024, `200 claims of 16 MiB cost ${grown} bytes`);
});

function noProcReason(): string | false {
  return process.platform === 'linux' ? false : '/proc is of Linux';
}

function anonymousBytes(pid: number): number {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(/^Anonymous:\s+(\d+) kB/m.exec(text)?.[1]) * 1024;
}
