// SPDX-License-Identifier: Apache-2.0
/**
 * Messages on their way from the pull loops to whoever consumes them. One first-in first-out list
 * over all queues of a consumer; its length is bounded by the flow limits of each queue.
 */
import type { QueueEntry } from './process-queue.ts';

type Waiter<T> = (entry: QueueEntry<T> | undefined) => void;

export class Delivery<T> {
  #waiting: QueueEntry<T>[] = [];
  #head = 0;
  #waiters: Waiter<T>[] = [];
  #closed = false;

  /** Adds an entry, or hands it to the consumer that has waited longest. */
  push(entry: QueueEntry<T>): void {
    if (this.#closed) return;
    const waiter = this.#waiters.shift();
    if (waiter !== undefined) waiter(entry);
    else this.#waiting.push(entry);
  }

  /** The next entry; undefined when closed or when `signal` aborts. */
  take(signal?: AbortSignal): Promise<QueueEntry<T> | undefined> {
    const entry = this.#next();
    if (entry !== undefined) return Promise.resolve(entry);
    if (this.#closed || signal?.aborted === true) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const waiter: Waiter<T> = (taken) => {
        signal?.removeEventListener('abort', onAbort);
        resolve(taken);
      };
      const onAbort = (): void => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter);
        resolve(undefined);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#waiters.push(waiter);
    });
  }

  /** Ends every `take`, drops what waits. */
  close(): void {
    this.#closed = true;
    this.#waiting = [];
    this.#head = 0;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter(undefined);
  }

  /** Skips entries whose queue now belongs to another consumer. */
  #next(): QueueEntry<T> | undefined {
    while (this.#head < this.#waiting.length) {
      const entry = this.#waiting[this.#head];
      this.#head += 1;
      if (this.#head === this.#waiting.length) {
        this.#waiting = [];
        this.#head = 0;
      } else if (this.#head >= 256 && this.#head * 2 >= this.#waiting.length) {
        this.#waiting = this.#waiting.slice(this.#head);
        this.#head = 0;
      }
      if (entry !== undefined && mayDeliver(entry)) return entry;
    }
    return undefined;
  }
}

function mayDeliver(entry: QueueEntry<unknown>): boolean {
  return !entry.owner.revoked && !entry.owner.dropped && !entry.done;
}
