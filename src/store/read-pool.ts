// SPDX-License-Identifier: Apache-2.0
/**
 * Threads for reads that would touch the disk. None runs until the first read, and idle ones end:
 * a broker whose consumers keep up has no pool. A hop costs about 60 µs (DESIGN §3 rule 4).
 */
import { fileURLToPath } from 'node:url';
import type { Piscina } from 'piscina';
import { ApogeeError } from '../core/errors.ts';
import type { ReadResult } from './message-store.ts';
import type { IndexQuery } from './native-results.ts';
import type { IndexTask, ReadTask } from './read-worker.ts';

export interface ReadPoolOptions {
  /** `NativeStore.handle` of the store to read. */
  readonly storeHandle: number;
  readonly maxThreads: number;
  /** ms an idle thread lives on. */
  readonly idleTimeoutMs: number;
}

export const DEFAULT_READ_THREADS = 2;
export const DEFAULT_IDLE_TIMEOUT_MS = 10_000;

export class ReadPool {
  readonly #options: ReadPoolOptions;
  #pool: Promise<Piscina> | undefined;
  #closed = false;

  constructor(options: ReadPoolOptions) {
    this.#options = options;
  }

  /** The answer to a whole pull frame; undefined: the I/O thread has to serve it. */
  serveColdPull(frame: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#run('serveColdPull', frame);
  }

  read(task: ReadTask): Promise<ReadResult> {
    return this.#run('read', task);
  }

  lookMessage(physicalOffset: number): Promise<Uint8Array | undefined> {
    return this.#run('lookMessage', physicalOffset);
  }

  queryIndex(task: IndexTask): Promise<IndexQuery> {
    return this.#run('queryIndex', task);
  }

  /** Ends all threads; reads under way are rejected. Close before the store. */
  async close(): Promise<void> {
    this.#closed = true;
    await (await this.#pool)?.destroy();
  }

  /** Errors: STORE_CLOSED. */
  async #run<Result>(name: string, task: unknown): Promise<Result> {
    if (this.#closed) throw new ApogeeError('STORE_CLOSED', 'the read pool is closed');
    this.#pool ??= createPool(this.#options);
    return (await this.#pool).run(task, { name }) as Promise<Result>;
  }
}

/** Loads piscina on first use: it costs memory that most brokers never need. */
async function createPool(options: ReadPoolOptions): Promise<Piscina> {
  const { Piscina } = await import('piscina');
  return new Piscina({
    filename: fileURLToPath(new URL('./read-worker.js', import.meta.url)),
    minThreads: 0,
    maxThreads: options.maxThreads,
    idleTimeout: options.idleTimeoutMs,
    workerData: options.storeHandle,
    atomics: 'disabled',
    recordTiming: false,
    trackUnmanagedFds: false,
  });
}
