// SPDX-License-Identifier: Apache-2.0
/** Opens the native store and, unless pulls stay on the I/O thread, its read pool. */
import type { DiskReads } from '../broker/broker-services.ts';
import type { ColdPullServer } from '../broker/cold-read-queue.ts';
import type { MessageStore, StoreOptions } from '../store/message-store.ts';
import { closeAll } from './run.ts';

export interface OpenedStore {
  readonly store: MessageStore;
  /** Undefined: cold pulls are read on the I/O thread. */
  readonly serveColdPull: ColdPullServer | undefined;
  /** Reads of processors that may wait for the disk. Undefined: as above. */
  readonly diskReads: DiskReads | undefined;
  readonly close: () => Promise<void>;
}

/** Errors: NATIVE_MISSING, STORE_LOCKED, STORE_PATH, STORE_FORMAT, STORE_FAILED. */
export async function openStore(
  options: StoreOptions,
  pullExecution: 'auto' | 'pool' | 'inline',
): Promise<OpenedStore> {
  const { openNativeStore } = await import('../store/native-store.ts');
  const store = await openNativeStore(options);
  if (pullExecution === 'inline') {
    return { store, serveColdPull: undefined, diskReads: undefined, close: () => store.close() };
  }
  const { ReadPool, DEFAULT_IDLE_TIMEOUT_MS, DEFAULT_READ_THREADS } = await import(
    '../store/read-pool.ts'
  );
  const pool = new ReadPool({
    storeHandle: store.handle,
    maxThreads: DEFAULT_READ_THREADS,
    idleTimeoutMs: DEFAULT_IDLE_TIMEOUT_MS,
  });
  return {
    store,
    serveColdPull: (frame) => pool.serveColdPull(frame),
    diskReads: pool,
    close: () => closeAll([store, pool]),
  };
}
