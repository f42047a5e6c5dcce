// SPDX-License-Identifier: Apache-2.0
/** The native store from TypeScript: both codecs, waiting pulls, sync flush, life. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { encodeFrame } from '../../../src/protocol/frame.ts';
import { encodeMessageBatch } from '../../../src/protocol/message-batch.ts';
import { decodeMessageRecords } from '../../../src/protocol/message-record.ts';
import { createRequest, SerializeType } from '../../../src/protocol/remoting-command.ts';
import {
  ColdReason,
  PutMessageStatus,
  type StoreOptions,
} from '../../../src/store/message-store.ts';
import { type NativeStore, openNativeStore } from '../../../src/store/native-store.ts';
import { textOf, utf8 } from '../../helpers/bytes.ts';
import {
  propertiesText,
  pullCommand,
  StoreDriver,
  sendCommand,
} from '../../helpers/store-driver.ts';
import { storeOptions, TEST_NOW_MS, temporaryDirectory } from '../../helpers/store-options.ts';

const codecs = [SerializeType.JSON, SerializeType.ROCKETMQ];

async function withStore(
  changes: Partial<StoreOptions>,
  body: (driver: StoreDriver, store: NativeStore) => Promise<void>,
): Promise<void> {
  using directory = temporaryDirectory();
  const store = await openNativeStore(storeOptions(directory.path, changes));
  try {
    await body(new StoreDriver(store), store);
  } finally {
    await store.close();
  }
}

function bodiesOf(records: Uint8Array | undefined): string[] {
  return decodeMessageRecords(records ?? new Uint8Array(0)).map(({ body }) => textOf(body));
}

function putMessage(body: string) {
  return {
    topic: 'T',
    queueId: 0,
    body: utf8(body),
    properties: utf8(''),
    flag: 0,
    sysFlag: 0,
    bornTimestampMs: 1,
    bornHost: '::1',
    bornPort: 2,
    reconsumeTimes: 0,
    preparedTransactionOffset: 0,
  };
}

describe('NativeStore', () => {
  it('answers what both sides of the protocol can read, in the codec of the request', async () => {
    await withStore({}, async (driver) => {
      const session = driver.open('2001:db8::7', 7);
      for (const serializeType of codecs) {
        const options = { serializeType, opaque: -3 };
        const { replies } = driver.feed(session, sendCommand('one', { e: '2' }, options));
        const [reply] = replies;
        assert.deepEqual(
          [reply?.code, reply?.opaque, reply?.serializeType, reply?.version, reply?.language],
          [0, -3, serializeType, 513, 'JAVA'],
        );
        assert.equal(reply?.extFields['queueId'], '2');
        const fed = driver.feed(session, pullCommand(0, { queueId: '2' }, options));
        assert.equal(fed.replies[0]?.remark, 'FOUND');
        assert.equal(fed.replies[0]?.serializeType, serializeType);
        assert.equal(bodiesOf(fed.replies[0]?.body)[0], 'one');
      }
      const { records } = driver.store.read('T', 2, 0, 1, new Int32Array(0));
      const [record] = decodeMessageRecords(records);
      assert.deepEqual(record?.bornHost, { host: '2001:db8::7', port: 7 });
      assert.equal(record?.bornTimestamp, TEST_NOW_MS - 5);
      assert.equal(record?.flag, 7);
    });
  });

  it('stores batches and texts of any script', async () => {
    await withStore({}, async (driver) => {
      const session = driver.open();
      const items = ['first', 'second'].map((body) => ({
        flag: 0,
        body: utf8(body),
        properties: propertiesText({ KEYS: `键 ${body}` }),
      }));
      const batch = sendCommand(encodeMessageBatch(items), { m: 'true' });
      const properties = propertiesText({ KEYS: 'ключ "quoted" \\ 😀', 标签: 'é' });
      const fed = driver.feed(session, batch, sendCommand('x', { i: properties }));
      assert.equal(fed.replies[0]?.extFields['msgId']?.split(',').length, 2);
      const found = driver.store.read('T', 0, 0, 32, new Int32Array(0));
      assert.deepEqual(bodiesOf(found.records), ['first', 'second', 'x']);
      const stored = decodeMessageRecords(found.records);
      assert.equal(stored[1]?.properties, items[1]?.properties);
      assert.ok(stored[2]?.properties.includes('KEYS\x01ключ "quoted" \\ 😀\x02'));
      const hits = driver.store.queryIndex('T', 'ключ', 10, 0, TEST_NOW_MS * 2);
      assert.deepEqual([...hits.offsets], [stored[2]?.physicalOffset]);
    });
  });

  it('wakes waiting pulls on sends and on puts', async () => {
    await withStore({}, async (driver, store) => {
      const producer = driver.open();
      const consumer = driver.open();
      const waiting = pullCommand(0, { sysFlag: '6' });
      assert.deepEqual(driver.feed(consumer, waiting).replies, []);
      assert.equal(store.stats().suspendedPulls, 1);
      driver.feed(producer, sendCommand('one'));
      assert.deepEqual(bodiesOf(driver.taken(consumer)[0]?.body), ['one']);

      driver.feed(consumer, pullCommand(1, { sysFlag: '6' }));
      const listened = new Promise<void>((resolve) => store.onOutputReady(resolve));
      await store.put(putMessage('two'), TEST_NOW_MS);
      await listened;
      driver.drain();
      assert.deepEqual(bodiesOf(driver.taken(consumer)[0]?.body), ['two']);

      driver.tick();
      driver.feed(consumer, pullCommand(2, { sysFlag: '6', suspendTimeoutMillis: '300' }));
      driver.nowMs += 400;
      driver.tick();
      assert.equal(driver.taken(consumer)[0]?.code, 19);
    });
  });

  it('releases answers and puts when the disk has them', async () => {
    await withStore({ flushDiskType: 'SYNC_FLUSH' }, async (driver, store) => {
      const session = driver.open();
      const listened = new Promise<void>((resolve) => store.onOutputReady(resolve));
      assert.deepEqual(driver.feed(session, sendCommand('one')).replies, []);
      // A broker's sockets keep its process alive; here a timer does.
      const alive = setTimeout(() => {}, 60_000);
      await listened;
      clearTimeout(alive);
      driver.drain();
      assert.equal(driver.taken(session)[0]?.code, 0);
      const put = store.put(putMessage('two'), TEST_NOW_MS);
      store.onOutputReady(() => driver.drain());
      assert.equal((await put).status, PutMessageStatus.PUT_OK);
      const stats = store.stats();
      assert.equal(stats.durablePhysicalOffset, stats.maxPhysicalOffset);
      assert.ok(stats.commitLogSyncs >= 2);
    });
  });

  it('completes puts that wait although nobody listens, also at close', async () => {
    await withStore({ flushDiskType: 'SYNC_FLUSH' }, async (_, store) => {
      assert.equal((await store.put(putMessage('one'), TEST_NOW_MS)).status, 0);
      const puts = Array.from({ length: 20 }, () => store.put(putMessage('x'), TEST_NOW_MS));
      await store.close();
      const statuses = (await Promise.all(puts)).map(({ status }) => status);
      assert.deepEqual(new Set(statuses), new Set([PutMessageStatus.PUT_OK]));
    });
  });

  it('serves a frame again after its tables were mended', async () => {
    await withStore({}, async (driver, store) => {
      const session = driver.open();
      const { cold } = driver.feed(session, sendCommand('one', { b: 'New' }));
      assert.equal(cold[0]?.reason, ColdReason.CHECKS);
      store.setTopic({
        topic: 'New',
        readQueueNums: 1,
        writeQueueNums: 1,
        perm: 6,
        topicSysFlag: 0,
        multiTag: false,
        hotSend: true,
      });
      store.serve(session, cold[0]?.frame ?? new Uint8Array(0), TEST_NOW_MS);
      assert.ok((store.control[1] ?? 0) > 0);
      assert.equal(store.maxOffset('New', 0), 1);
    });
  });

  it('gives a fresh slab while a socket borrows the old one', async () => {
    await withStore({}, async (driver, store) => {
      const session = driver.open();
      driver.feed(session, sendCommand('one', {}, { opaque: 1 }));
      const borrowed = store.output;
      const bytes = Buffer.from(borrowed.subarray(0, store.control[1]));
      store.replaceOutput();
      assert.notEqual(store.output, borrowed);
      driver.feed(session, sendCommand('two', {}, { opaque: 2 }));
      assert.deepEqual(Buffer.from(borrowed.subarray(0, bytes.length)), bytes);
      store.recycleOutput(borrowed);
      store.recycleOutput(borrowed);
      store.recycleOutput(store.output);
      store.replaceOutput();
      assert.equal(store.output, borrowed);
      store.replaceOutput();
      assert.notEqual(store.output, borrowed);
    });
  });

  it('hands over the largest frame and gives its memory back', async () => {
    await withStore({}, async (driver, store) => {
      const command = { ...createRequest(34), body: new Uint8Array(16_000_000).fill(1) };
      const { cold } = driver.feed(driver.open(), command);
      assert.equal(cold[0]?.frame.length, encodeFrame(command).length);
      const { coldFrames } = store;
      driver.tick();
      assert.notEqual(store.coldFrames, coldFrames);
      assert.equal(driver.feed(driver.open(), createRequest(34)).cold.length, 1);
    });
  });

  it('finds its messages and its lock again', async () => {
    using directory = temporaryDirectory();
    const options = storeOptions(directory.path);
    const first = await openNativeStore(options);
    const driver = new StoreDriver(first);
    driver.feed(driver.open(), sendCommand('one'), sendCommand('two'));
    await assert.rejects(openNativeStore(options), { code: 'STORE_LOCKED' });
    await first.close();
    await first.close();
    const second = await openNativeStore(options);
    assert.equal(second.recovery.cleanShutdown, true);
    assert.deepEqual(bodiesOf(second.read('T', 0, 0, 32, new Int32Array(0)).records), [
      'one',
      'two',
    ]);
    await second.close();
  });

  it('says what is wrong with a directory', async () => {
    using directory = temporaryDirectory();
    const file = path.join(directory.path, 'file');
    writeFileSync(file, 'not a directory');
    await assert.rejects(openNativeStore(storeOptions(path.join(file, 'store'))), {
      name: 'ApogeeError',
      code: 'STORE_PATH',
    });
  });

  it('refuses work once closed', async () => {
    using directory = temporaryDirectory();
    const store = await openNativeStore(storeOptions(directory.path));
    const session = store.openSession('127.0.0.1', 1);
    await store.close();
    const closed = { code: 'STORE_CLOSED' };
    assert.throws(() => store.ingest(session, new Uint8Array(4), 0, 4, 0), closed);
    assert.throws(() => store.stats(), closed);
    assert.throws(() => store.read('T', 0, 0, 1, new Int32Array(0)), closed);
    await assert.rejects(store.put(putMessage('x'), 0), closed);
    await assert.rejects(store.flush(), closed);
    store.closeSession(session);
    assert.equal(store.lastError(), '');
  });

  it('takes arguments of any kind without harm', async () => {
    await withStore({}, async (driver, store) => {
      const session = driver.open();
      const frame = new Uint8Array(8);
      const odd: unknown[] = [undefined, null, -1, 2 ** 40, Number.NaN, 'x', {}, [], 1n];
      const loose = store as unknown as Record<string, (...args: unknown[]) => unknown>;
      for (const value of odd) {
        loose['ingest']?.(value, frame, value, value, value);
        loose['ingest']?.(session, value, 0, 4, 0);
        loose['serve']?.(session, value, 0);
        loose['read']?.(value, value, value, value, value);
        loose['lookMessage']?.(value);
        loose['serveColdPull']?.(value);
        loose['queryOffset']?.(value, value, value);
        loose['closeSession']?.(value);
      }
      assert.equal(driver.feed(driver.open(), createRequest(34)).cold.length, 1);
    });
  });
});
