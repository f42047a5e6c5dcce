// SPDX-License-Identifier: Apache-2.0
/**
 * A process that opens a store, puts messages and ends in the way its second argument names.
 * Prints `acknowledged <count>`; used by the teardown tests.
 */
import { writeSync } from 'node:fs';
import { encodeFrame } from '../../src/protocol/frame.ts';
import { FlushDiskType } from '../../src/store/message-store.ts';
import { type NativeStore, openNativeStore } from '../../src/store/native-store.ts';
import { ReadPool } from '../../src/store/read-pool.ts';
import { utf8 } from './bytes.ts';
import { pullCommand, StoreDriver } from './store-driver.ts';
import { storeOptions, TEST_NOW_MS } from './store-options.ts';

const MESSAGES = 200;

let acknowledged = 0;

async function put(store: NativeStore): Promise<void> {
  const result = await store.put(
    {
      topic: 'T',
      queueId: 0,
      body: utf8('x'),
      properties: utf8('TAGS\x01A\x02'),
      flag: 0,
      sysFlag: 0,
      bornTimestampMs: 1,
      bornHost: '127.0.0.1',
      bornPort: 1,
      reconsumeTimes: 0,
      preparedTransactionOffset: 0,
    },
    TEST_NOW_MS,
  );
  if (result.status === 0) acknowledged += 1;
}

/** Straight to the descriptor: a process that is killed has printed it. */
function report(): void {
  writeSync(1, `acknowledged ${acknowledged}\n`);
}

const [, , root = '', ending = 'close', flush = 'ASYNC_FLUSH'] = process.argv;
const flushDiskType = flush === 'SYNC_FLUSH' ? FlushDiskType.SYNC_FLUSH : FlushDiskType.ASYNC_FLUSH;
const store = await openNativeStore(storeOptions(root, { flushDiskType }));
const driver = new StoreDriver(store);
await Promise.all(Array.from({ length: MESSAGES }, () => put(store)));
report();
driver.feed(driver.open(), pullCommand(MESSAGES, { sysFlag: '6' }));

const endings: Record<string, () => Promise<void> | void> = {
  close: () => store.close(),
  exit: () => {
    void put(store);
    process.exit(0);
  },
  'run-out': () => {},
  throw: () => {
    process.on('uncaughtException', () => process.exit(7));
    void put(store);
    throw new Error('the process ends here');
  },
  'worker-exit': async () => {
    const pool = new ReadPool({ storeHandle: store.handle, maxThreads: 2, idleTimeoutMs: 60_000 });
    await pool.serveColdPull(encodeFrame(pullCommand(0)));
    void pool.serveColdPull(encodeFrame(pullCommand(0))).catch(() => {});
    process.exit(0);
  },
  'exit-while-closing': () => {
    void store.close();
    process.exit(0);
  },
  'run-on': async () => {
    for (;;) {
      await put(store);
      report();
      await new Promise((resolve) => setImmediate(resolve));
    }
  },
};
await endings[ending]?.();
