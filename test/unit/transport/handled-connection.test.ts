// SPDX-License-Identifier: Apache-2.0
/** Goal: back-pressure of every carrier. Method: a carrier whose unsent bytes the test sets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../../src/core/log.ts';
import { HandledConnection } from '../../../src/transport/handled-connection.ts';
import { IdleSweeper } from '../../../src/transport/idle-sweeper.ts';
import { PausedInbox } from '../../../src/transport/paused-inbox.ts';
import {
  MAX_PAUSED_BYTES,
  MAX_PENDING_BYTES,
  MAX_UNSENT_BYTES,
  RESUME_UNSENT_BYTES,
} from '../../../src/transport/transport-limits.ts';
import { VirtualClock } from '../../helpers/virtual-clock.ts';

const nowhere = { host: '', port: 0 };
const one = Uint8Array.of(1);

class TestConnection extends HandledConnection {
  readonly kind = 'memory';
  pendingBytes = 0;
  readonly events: string[] = [];

  constructor(idle: IdleSweeper) {
    const handler = {
      onOpen: () => this.events.push('open'),
      onData: () => this.events.push('data'),
      onClose: (_: unknown, reason: string) => this.events.push(`close ${reason}`),
    };
    super({ handler, idle, log: silentLog }, nowhere, nowhere);
  }

  protected transmit(): boolean {
    return this.pendingBytes === 0;
  }

  protected read(enabled: boolean): void {
    this.events.push(enabled ? 'read' : 'stop reading');
  }

  protected disconnect(): void {
    this.ended('never used');
  }

  start(): this {
    this.opened();
    this.events.length = 0;
    return this;
  }

  drainedTo(pendingBytes: number): void {
    this.pendingBytes = pendingBytes;
    this.drained();
  }
}

function connection(): TestConnection {
  return new TestConnection(new IdleSweeper(new VirtualClock(), 120_000)).start();
}

test('reading stops above the limit of unsent bytes and starts again below the lower one', () => {
  const peer = connection();
  peer.pendingBytes = MAX_UNSENT_BYTES;
  assert.equal(peer.write(one), false);
  assert.deepEqual(peer.events, [], 'at the limit');
  peer.pendingBytes += 1;
  peer.write(one);
  peer.write(one);
  assert.deepEqual(peer.events, ['stop reading']);
  peer.drainedTo(RESUME_UNSENT_BYTES + 1);
  assert.deepEqual(peer.events, ['stop reading']);
  peer.drainedTo(RESUME_UNSENT_BYTES);
  assert.deepEqual(peer.events, ['stop reading', 'read']);
});

test('a pause by the owner and one by unsent bytes end when both have ended', () => {
  const peer = connection();
  peer.pause();
  peer.pause();
  peer.pendingBytes = MAX_UNSENT_BYTES + 1;
  peer.write(one);
  peer.resume();
  assert.deepEqual(peer.events, ['stop reading']);
  peer.drainedTo(0);
  assert.deepEqual(peer.events, ['stop reading', 'read']);
  peer.resume();
  assert.deepEqual(peer.events, ['stop reading', 'read']);
});

test('a peer that leaves too much unread is disconnected', () => {
  const peer = connection();
  peer.pendingBytes = MAX_PENDING_BYTES;
  peer.write(one);
  assert.equal(peer.isClosed, false, 'at the limit');
  peer.pendingBytes += 1;
  peer.write(one);
  assert.equal(peer.isClosed, true, 'one past it');
  assert.match(peer.events.at(-1) ?? '', /close .*the peer does not read/);
});

test('flushed resolves when nothing waits, or the connection is gone', async () => {
  const peer = connection();
  await peer.flushed();
  peer.pendingBytes = 10;
  let isFlushed = false;
  const flushed = peer.flushed().then(() => {
    isFlushed = true;
  });
  peer.drainedTo(5);
  await Promise.resolve();
  assert.equal(isFlushed, false);
  peer.drainedTo(0);
  await flushed;
  peer.pendingBytes = 10;
  const gone = peer.flushed();
  peer.close('done');
  await gone;
  assert.equal(peer.events.at(-1), 'close done');
});

test('the inbox of a paused reader keeps order and is bounded', () => {
  const inbox = new PausedInbox();
  const half = new Uint8Array(MAX_PAUSED_BYTES / 2);
  assert.equal(inbox.keep(half), true);
  assert.equal(inbox.keep(half), true, 'at the limit');
  assert.equal(inbox.keep(one), false, 'one past it');
  const small = new PausedInbox();
  for (const value of [1, 2, 3]) small.keep(Uint8Array.of(value));
  const taken: number[] = [];
  small.drain(
    (chunk) => taken.push(chunk[0] ?? 0),
    () => taken.length < 2,
  );
  assert.deepEqual(taken, [1, 2]);
  assert.equal(small.isEmpty, false);
  small.drain(
    (chunk) => taken.push(chunk[0] ?? 0),
    () => true,
  );
  assert.deepEqual(taken, [1, 2, 3]);
  assert.equal(small.isEmpty, true);
});

test('idle connections are closed by one timer that runs only while there are any', async () => {
  const clock = new VirtualClock();
  const idle = new IdleSweeper(clock, 120_000);
  const peers = [new TestConnection(idle).start(), new TestConnection(idle).start()];
  assert.equal(clock.pending, 1);
  await clock.advance(100_000);
  peers[0]?.write(one);
  await clock.advance(31_000);
  assert.deepEqual(
    peers.map((peer) => peer.isClosed),
    [false, true],
  );
  assert.equal(peers[1]?.events.at(-1), 'close idle for 120 s');
  await clock.advance(121_000);
  assert.equal(peers[0]?.isClosed, true);
  assert.equal(clock.pending, 0);
});
