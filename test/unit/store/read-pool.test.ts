// SPDX-License-Identifier: Apache-2.0
/** Reads on threads of their own, over the store of this thread. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeFrame, encodeFrame } from '../../../src/protocol/frame.ts';
import { decodeMessageRecords } from '../../../src/protocol/message-record.ts';
import { ColdReason, GetMessageStatus } from '../../../src/store/message-store.ts';
import { type NativeStore, openNativeStore } from '../../../src/store/native-store.ts';
import { DEFAULT_IDLE_TIMEOUT_MS, ReadPool } from '../../../src/store/read-pool.ts';
import { textOf } from '../../helpers/bytes.ts';
import { pullCommand, StoreDriver, sendCommand } from '../../helpers/store-driver.ts';
import {
  storeOptions,
  TEST_NOW_MS,
  temporaryDirectory,
  testBrokerState,
} from '../../helpers/store-options.ts';

async function withPool(
  body: (pool: ReadPool, driver: StoreDriver, store: NativeStore) => Promise<void>,
): Promise<void> {
  using directory = temporaryDirectory();
  const store = await openNativeStore(storeOptions(directory.path));
  const pool = new ReadPool({
    storeHandle: store.handle,
    maxThreads: 2,
    idleTimeoutMs: DEFAULT_IDLE_TIMEOUT_MS,
  });
  try {
    await body(pool, new StoreDriver(store), store);
  } finally {
    await pool.close();
    await store.close();
  }
}

describe('ReadPool', () => {
  it('serves pulls that the I/O thread hands over', async () => {
    await withPool(async (pool, driver, store) => {
      store.setBrokerState({ ...testBrokerState, pullExecution: 'pool' });
      const session = driver.open();
      driver.feed(session, sendCommand('one'), sendCommand('two'));
      const { cold } = driver.feed(session, pullCommand(0, {}, { opaque: 12 }));
      assert.equal(cold[0]?.reason, ColdReason.COLD_READ);
      const frames = Array.from({ length: 20 }, () => cold[0]?.frame ?? new Uint8Array(0));
      const replies = await Promise.all(frames.map((frame) => pool.serveColdPull(frame)));
      for (const reply of replies) {
        const command = decodeFrame(reply ?? new Uint8Array(0));
        assert.deepEqual([command.code, command.opaque], [0, 12]);
        const records = decodeMessageRecords(command.body ?? new Uint8Array(0));
        assert.deepEqual(
          records.map(({ body }) => textOf(body)),
          ['one', 'two'],
        );
      }
    });
  });

  it('gives back what has to wait or to be decided', async () => {
    await withPool(async (pool) => {
      const frames = [
        pullCommand(0, { sysFlag: '6' }),
        pullCommand(0, { consumerGroup: 'unknown' }),
        sendCommand('no pull'),
      ].map(encodeFrame);
      for (const frame of [...frames, new Uint8Array(3)]) {
        assert.equal(await pool.serveColdPull(frame), undefined);
      }
    });
  });

  it('reads queues, records and the index while the store is written', async () => {
    await withPool(async (pool, driver, store) => {
      const session = driver.open();
      const reads: Promise<unknown>[] = [];
      for (let round = 0; round < 50; round += 1) {
        driver.feed(session, ...Array.from({ length: 20 }, () => sendCommand('x')));
        reads.push(
          pool.read({
            topic: 'T',
            queueId: 0,
            offset: 0,
            maxMessages: 8,
            codes: new Int32Array(0),
          }),
        );
        // Lets the threads run beside the writer.
        await new Promise((resolve) => setImmediate(resolve));
      }
      await Promise.all(reads);
      const task = {
        topic: 'T',
        queueId: 0,
        offset: 998,
        maxMessages: 8,
        codes: new Int32Array(0),
      };
      const tail = await pool.read(task);
      assert.deepEqual([tail.status, tail.messageCount], [GetMessageStatus.FOUND, 2]);
      const [record] = decodeMessageRecords(tail.records);
      const looked = await pool.lookMessage(record?.physicalOffset ?? -1);
      assert.equal(decodeMessageRecords(looked ?? new Uint8Array(0))[0]?.queueOffset, 998);
      assert.equal(await pool.lookMessage(store.stats().maxPhysicalOffset), undefined);
      const index = { topic: 'T', key: 'K', maxCount: 5, beginMs: 0, endMs: TEST_NOW_MS * 2 };
      assert.equal((await pool.queryIndex(index)).offsets.length, 5);
    });
  });

  it('refuses reads once closed, and once the store is closed', async () => {
    await withPool(async (pool, _, store) => {
      await pool.serveColdPull(encodeFrame(pullCommand(0)));
      await store.close();
      await assert.rejects(pool.serveColdPull(encodeFrame(pullCommand(0))), /store is closed/);
      await pool.close();
      await assert.rejects(pool.lookMessage(0), { code: 'STORE_CLOSED' });
    });
  });
});
