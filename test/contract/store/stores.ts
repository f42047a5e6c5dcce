// SPDX-License-Identifier: Apache-2.0
/** The implementations of MessageStore that the contract is tested over. */
import type { MessageStore } from '../../../src/store/message-store.ts';
import { openNativeStore } from '../../../src/store/native-store.ts';
import { MemoryMessageStore } from '../../helpers/memory-message-store.ts';
import { storeOptions, temporaryDirectory } from '../../helpers/store-options.ts';

export interface StoreUnderTest {
  readonly store: MessageStore;
  /** Closes the store and removes what it left. */
  readonly close: () => Promise<void>;
}

export interface StoreKind {
  readonly name: string;
  readonly open: () => Promise<StoreUnderTest>;
}

async function openNative(flushDiskType: 'ASYNC_FLUSH' | 'SYNC_FLUSH'): Promise<StoreUnderTest> {
  const directory = temporaryDirectory();
  const store = await openNativeStore(storeOptions(directory.path, { flushDiskType }));
  const close = async (): Promise<void> => {
    await store.close();
    directory[Symbol.dispose]();
  };
  return { store, close };
}

export const storeKinds: readonly StoreKind[] = [
  { name: 'native, ASYNC_FLUSH', open: () => openNative('ASYNC_FLUSH') },
  { name: 'native, SYNC_FLUSH', open: () => openNative('SYNC_FLUSH') },
  {
    name: 'memory twin',
    open: async () => {
      const store = new MemoryMessageStore();
      return { store, close: () => store.close() };
    },
  },
];
