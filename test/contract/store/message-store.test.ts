// SPDX-License-Identifier: Apache-2.0
/** What every MessageStore does, the twin of other tests included. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeFrame, encodeFrame } from '../../../src/protocol/frame.ts';
import { decodeMessageRecord, decodeMessageRecords } from '../../../src/protocol/message-record.ts';
import { createRequest } from '../../../src/protocol/remoting-command.ts';
import { javaHashCode } from '../../../src/protocol/subscription.ts';
import {
  ColdReason,
  ControlFlag,
  GetMessageStatus,
  type PutMessage,
  PutMessageStatus,
} from '../../../src/store/message-store.ts';
import { textOf, utf8 } from '../../helpers/bytes.ts';
import { propertiesText, StoreDriver, sendCommand } from '../../helpers/store-driver.ts';
import { TEST_NOW_MS } from '../../helpers/store-options.ts';
import { storeKinds } from './stores.ts';

const noFilter = new Int32Array(0);

function message(body: string, changes: Partial<PutMessage> = {}): PutMessage {
  return {
    topic: 'T',
    queueId: 1,
    body: utf8(body),
    properties: utf8(propertiesText({ TAGS: 'TagA' })),
    flag: 3,
    sysFlag: 0,
    bornTimestampMs: TEST_NOW_MS - 10,
    bornHost: '10.1.2.3',
    bornPort: 555,
    reconsumeTimes: 2,
    preparedTransactionOffset: 0,
    ...changes,
  };
}

for (const kind of storeKinds) {
  describe(`MessageStore (${kind.name})`, () => {
    /** Runs `body` with a fresh store. */
    function test(name: string, body: (driver: StoreDriver) => Promise<void>): void {
      it(name, async () => {
        const { store, close } = await kind.open();
        try {
          await body(new StoreDriver(store));
        } finally {
          await close();
        }
      });
    }

    test('puts messages and reads them back', async ({ store }) => {
      const first = await store.put(message('one'), TEST_NOW_MS);
      const second = await store.put(message('two'), TEST_NOW_MS + 1);
      assert.deepEqual(
        [first.status, first.queueOffset, second.queueOffset],
        [PutMessageStatus.PUT_OK, 0, 1],
      );
      assert.match(first.offsetMsgId, /^7F00000100002A9F[0-9A-F]{16}$/);
      const found = store.read('T', 1, 0, 32, noFilter);
      assert.equal(found.status, GetMessageStatus.FOUND);
      assert.deepEqual([found.nextBeginOffset, found.maxOffset, found.messageCount], [2, 2, 2]);
      const records = decodeMessageRecords(found.records);
      assert.deepEqual(
        records.map(({ body }) => textOf(body)),
        ['one', 'two'],
      );
      const [record] = records;
      assert.deepEqual(
        [record?.bornHost, record?.flag, record?.reconsumeTimes, record?.storeTimestamp],
        [{ host: '10.1.2.3', port: 555 }, 3, 2, TEST_NOW_MS],
      );
      const looked = store.lookMessage(second.physicalOffset);
      assert.equal(textOf(looked && decodeMessageRecord(looked).body), 'two');
    });

    test('tells where a read stands', async ({ store }) => {
      const status = (offset: number, codes = noFilter) =>
        store.read('T', 1, offset, 32, codes).status;
      assert.equal(status(0), GetMessageStatus.NO_MESSAGE_IN_QUEUE);
      await store.put(message('one'), TEST_NOW_MS);
      assert.equal(status(-1), GetMessageStatus.OFFSET_TOO_SMALL);
      assert.equal(status(1), GetMessageStatus.OFFSET_OVERFLOW_ONE);
      assert.equal(status(2), GetMessageStatus.OFFSET_OVERFLOW_BADLY);
      assert.equal(
        status(0, Int32Array.of(javaHashCode('TagB'))),
        GetMessageStatus.NO_MATCHED_MESSAGE,
      );
      assert.equal(status(0, Int32Array.of(1, javaHashCode('TagA'))), GetMessageStatus.FOUND);
      assert.deepEqual([store.minOffset('T', 1), store.maxOffset('T', 1)], [0, 1]);
      assert.deepEqual([store.minOffset('T', 0), store.maxOffset('nothing', 0)], [0, 0]);
      assert.equal(store.isInMemory('T', 1, 0), true);
      assert.equal(store.isInMemory('T', 1, 1), false);
    });

    test('finds offsets by store time', async ({ store }) => {
      for (const [index, at] of [0, 10, 20].entries()) {
        await store.put(message(`m${index}`), TEST_NOW_MS + at);
      }
      const offsets = [0, 5, 10, 20, 21].map((at) =>
        store.offsetByTime('T', 1, TEST_NOW_MS + at, false),
      );
      assert.deepEqual(offsets, [0, 1, 1, 2, 3]);
      assert.equal(store.offsetByTime('T', 1, TEST_NOW_MS + 15, true), 1);
      assert.equal(store.storeTimestamp('T', 1, 2), TEST_NOW_MS + 20);
      assert.equal(store.storeTimestamp('T', 1, 3), -1);
      assert.equal(store.storeTimestamp('T', 3, 0), -1);
    });

    test('keeps consumer offsets', async ({ store }) => {
      assert.equal(store.queryOffset('G', 'T', 0), -1);
      const before = store.offsetVersion();
      store.commitOffset('G', 'T', 0, 5);
      store.commitOffset('G', 'T', 2, 7);
      store.commitOffset('H', 'T', 0, 9);
      store.commitOffset('G', 'T', 0, 4);
      assert.equal(store.queryOffset('G', 'T', 0), 4);
      assert.ok(store.offsetVersion() > before);
      assert.equal(store.exportOffsets().length, 3);
      store.removeOffsets('G', '');
      assert.deepEqual(store.exportOffsets(), [{ group: 'H', topic: 'T', queueId: 0, offset: 9 }]);
      store.removeOffsets('', 'T');
      assert.deepEqual(store.exportOffsets(), []);
    });

    test('serves sends and hands other frames back as they came', async (driver) => {
      const session = driver.open();
      const heartbeat = { ...createRequest(34), opaque: 5, body: utf8('{}') };
      const fed = driver.feed(session, sendCommand('one'), heartbeat, sendCommand('two'));
      await driver.store.flush();
      driver.drain();
      const replies = [...fed.replies, ...driver.taken(session)];
      assert.deepEqual(
        replies.map(({ code, extFields }) => [code, extFields['queueOffset']]),
        [
          [0, '0'],
          [0, '1'],
        ],
      );
      assert.equal(fed.cold.length, 1);
      assert.equal(fed.cold[0]?.reason, ColdReason.NOT_HOT);
      assert.deepEqual(fed.cold[0] && decodeFrame(fed.cold[0].frame), heartbeat);
      assert.equal(driver.store.maxOffset('T', 0), 2);
    });

    test('leaves sends that need a decision to the processor', async (driver) => {
      const session = driver.open();
      const frames = [
        sendCommand('x', { b: 'unknown' }),
        sendCommand('x', { i: propertiesText({ DELAY: '1' }) }),
        sendCommand('x', { e: '4' }),
      ];
      const fed = driver.feed(session, ...frames);
      assert.deepEqual(
        fed.cold.map(({ reason }) => reason),
        [ColdReason.CHECKS, ColdReason.CHECKS, ColdReason.CHECKS],
      );
      assert.deepEqual(
        fed.cold.map(({ frame }) => frame),
        frames.map((command) => new Uint8Array(encodeFrame(command))),
      );
    });

    test('closes streams that are no frames', async (driver) => {
      const fed = driver.feedBytes(driver.open(), utf8('GET / HTTP/1.1\r\n\r\n'));
      assert.equal(fed.flags & ControlFlag.PROTOCOL_ERROR, ControlFlag.PROTOCOL_ERROR);
      assert.notEqual(driver.store.lastError(), '');
    });

    test('counts what it holds', async (driver) => {
      const { store } = driver;
      driver.open();
      await store.put(message('one'), TEST_NOW_MS);
      await store.flush();
      const stats = store.stats();
      assert.deepEqual([stats.messagesPut, stats.sessions, stats.failure], [1, 1, '']);
      assert.equal(stats.durablePhysicalOffset, stats.maxPhysicalOffset);
    });
  });
}
