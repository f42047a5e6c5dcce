// SPDX-License-Identifier: Apache-2.0
/**
 * Goal: one store call per chunk and one write per connection, slabs that are never overwritten
 * while borrowed, cold frames in order, and bad bytes that close one connection alone.
 * Method: the store double and connections whose writes are looked at.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BrokerServer } from '../../../src/broker/broker-server.ts';
import {
  ColdReadQueue,
  MAX_COLD_READS_RUNNING,
  MAX_COLD_READS_WAITING,
} from '../../../src/broker/cold-read-queue.ts';
import { RequestCode } from '../../../src/protocol/codes.ts';
import { sendMessage } from '../../../src/protocol/commands/send-message.ts';
import { decodeFrame, encodeFrame, FrameCutter } from '../../../src/protocol/frame.ts';
import { createRequest } from '../../../src/protocol/remoting-command.ts';
import { CollectingLog } from '../../helpers/collecting-log.ts';
import { FakeConnection } from '../../helpers/fake-connection.ts';
import { MemoryMessageStore } from '../../helpers/memory-message-store.ts';
import { VirtualClock } from '../../helpers/virtual-clock.ts';

function newSetting() {
  const store = new MemoryMessageStore();
  store.setTopic({
    ...{ topic: 'T', readQueueNums: 4, writeQueueNums: 4, perm: 6 },
    ...{ topicSysFlag: 0, multiTag: false, hotSend: true },
  });
  const log = new CollectingLog();
  const dispatched: number[] = [];
  const closed: number[] = [];
  const server = new BrokerServer({
    store,
    clock: new VirtualClock(),
    log,
    dispatch: (_peer, frame) => dispatched.push(decodeFrame(frame).opaque),
    serveColdPull: async () => undefined,
    refuseColdPull: () => {},
    onPeerClosed: (peer) => closed.push(peer.id),
  });
  const connect = () => {
    const connection = new FakeConnection();
    server.onOpen(connection);
    return connection;
  };
  return { store, log, server, dispatched, closed, connect };
}

function frame(code: number, opaque: number, extFields = {}): Uint8Array {
  const request = createRequest(code, extFields, new Uint8Array([1]));
  request.opaque = opaque;
  return encodeFrame(request);
}

function sendFrame(opaque: number): Uint8Array {
  const fields = sendMessage.request.encode({
    ...{ producerGroup: 'P', topic: 'T', defaultTopic: 'TBW102', defaultTopicQueueNums: 4 },
    ...{ queueId: 0, sysFlag: 0, bornTimestamp: 1, flag: 0 },
  });
  return frame(RequestCode.SEND_MESSAGE, opaque, fields);
}

function opaquesOf(bytes: Uint8Array | undefined): number[] {
  const cutter = new FrameCutter();
  return [...cutter.push(bytes ?? new Uint8Array(0))].map((one) => decodeFrame(one).opaque);
}

test('a chunk of many sends is one write of all replies', () => {
  const { server, connect } = newSetting();
  const connection = connect();
  server.onData(connection, Buffer.concat([1, 2, 3, 4].map(sendFrame)));
  assert.equal(connection.written.length, 1);
  assert.deepEqual(opaquesOf(connection.written[0]), [1, 2, 3, 4]);
});

test('cold frames are dispatched in order after the replies of their chunk', () => {
  const { server, connect, dispatched } = newSetting();
  const connection = connect();
  const chunk = [frame(34, 1), sendFrame(2), frame(38, 3), frame(41, 4)];
  server.onData(connection, Buffer.concat(chunk));
  assert.deepEqual(dispatched, [1, 3, 4]);
  assert.deepEqual(opaquesOf(connection.written[0]), [2]);
});

test('a borrowed slab is replaced before the next call, and later writes are copies', () => {
  const { store, server, connect } = newSetting();
  const connection = connect();
  connection.isSlow = true;
  server.onData(connection, sendFrame(1));
  assert.equal(store.slabsReplaced, 1);
  server.onData(connection, sendFrame(2));
  server.onData(connection, sendFrame(3));
  assert.equal(store.slabsReplaced, 1);
  assert.deepEqual(connection.written.flatMap(opaquesOf), [1, 2, 3]);
});

test('a borrowed slab is given back when every borrower took its bytes', async () => {
  const { store, server, connect } = newSetting();
  const [one, two] = [connect(), connect()];
  one.isSlow = true;
  two.isSlow = true;
  const slab = store.output;
  store.wakeUps.push({ session: 2, bytes: frame(11, 77) });
  server.onData(one, sendFrame(1));
  assert.notEqual(store.output, slab);
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  one.flush();
  await settled();
  assert.deepEqual(store.recycled, []);
  two.flush();
  await settled();
  assert.equal(store.recycled[0], slab);
  assert.equal(store.recycled.length, 1);
});

test('output for other connections reaches them, also when it comes between chunks', () => {
  const { store, server, connect } = newSetting();
  const [one, two] = [connect(), connect()];
  store.onOutputReady(() => server.drain());
  store.wakeUps.push({ session: 2, bytes: frame(11, 77) });
  server.onData(one, sendFrame(1));
  assert.deepEqual(two.written.flatMap(opaquesOf), [77]);
  store.wakeUp(1, frame(11, 78));
  assert.deepEqual(one.written.flatMap(opaquesOf), [1, 78]);
  store.wakeUps.push({ session: 2, bytes: frame(11, 79) });
  server.tick();
  assert.deepEqual(two.written.flatMap(opaquesOf), [77, 79]);
});

test('output for a connection that has gone is dropped', () => {
  const { store, server, connect } = newSetting();
  const one = connect();
  const two = connect();
  server.onClose(two, 'gone');
  store.wakeUps.push({ session: 2, bytes: frame(11, 77) });
  server.onData(one, sendFrame(1));
  assert.deepEqual(two.written, []);
  assert.deepEqual(store.closedSessions, [2]);
});

test('bytes that are no frames close their connection with one line that names them', () => {
  const { server, connect, log, dispatched } = newSetting();
  const [bad, good] = [connect(), connect()];
  server.onData(bad, new TextEncoder().encode('GET / HTTP/1.1\r\n\r\n'));
  server.onData(bad, sendFrame(1));
  assert.match(bad.closeReason ?? '', /an HTTP request on a remoting port/);
  assert.equal(log.complaints().length, 1);
  assert.equal(log.complaints()[0]?.fields['peer'], '10.0.0.9:50000');
  assert.deepEqual(bad.written, []);
  server.onData(good, sendFrame(2));
  assert.deepEqual(opaquesOf(good.written[0]), [2]);
  assert.deepEqual(dispatched, []);
});

test('the owner learns of a closed connection, and its session is freed', () => {
  const { store, server, connect, closed } = newSetting();
  const connection = connect();
  assert.equal(server.connections, 1);
  server.onClose(connection, 'gone');
  server.onClose(connection, 'gone');
  server.onData(connection, sendFrame(1));
  assert.equal(server.connections, 0);
  assert.equal(closed.length, 1);
  assert.deepEqual(store.closedSessions, [1]);
});

test('a store failure is one line in the log, not one per message', () => {
  const { store, server, connect, log } = newSetting();
  const connection = connect();
  const ingest = store.ingest.bind(store);
  store.ingest = (...parts) => {
    ingest(...parts);
    store.control[4] = 4;
  };
  store.error = 'fdatasync failed: EIO';
  server.onData(connection, sendFrame(1));
  server.onData(connection, sendFrame(2));
  assert.equal(log.complaints('the store refuses messages').length, 1);
});

test('a bounded number of cold reads runs and waits, one more is refused', async () => {
  const release: (() => void)[] = [];
  const queue = new ColdReadQueue(
    () => new Promise((resolve) => release.push(() => resolve(undefined))),
  );
  let done = 0;
  const read = {
    frame: new Uint8Array(0),
    done: () => {
      done += 1;
    },
    failed: () => {},
  };
  for (let index = 0; index < MAX_COLD_READS_RUNNING + MAX_COLD_READS_WAITING; index += 1) {
    assert.equal(queue.submit(read), true);
  }
  assert.equal(release.length, MAX_COLD_READS_RUNNING);
  assert.equal(queue.waiting, MAX_COLD_READS_WAITING);
  assert.equal(queue.submit(read), false);
  for (const one of release.splice(0)) one();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(done, MAX_COLD_READS_RUNNING);
  assert.equal(queue.submit(read), true);
});
