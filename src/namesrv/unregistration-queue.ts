// SPDX-License-Identifier: Apache-2.0
/**
 * Unregistrations wait here until the current event is over and are done as one batch: a name
 * server that loses a rack gets many closes at once. Source: BatchUnregistrationService.
 */
import type { Clock, Timer } from '../core/clock.ts';
import type { Unregistration } from './broker-removal.ts';

export interface UnregistrationQueueParts {
  readonly clock: Clock;
  /** Entries that may wait. */
  readonly capacity: () => number;
  readonly process: (batch: readonly Unregistration[]) => void;
}

export class UnregistrationQueue {
  readonly #parts: UnregistrationQueueParts;
  #waiting: Unregistration[] = [];
  #timer: Timer | undefined;
  #closed = false;

  constructor(parts: UnregistrationQueueParts) {
    this.#parts = parts;
  }

  /** False: the queue is full and the request was not taken. */
  submit(request: Unregistration): boolean {
    if (this.#closed || this.#waiting.length >= this.#parts.capacity()) return false;
    this.#waiting.push(request);
    this.#timer ??= this.#parts.clock.after(0, () => this.#drain(), { unref: true });
    return true;
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#waiting = [];
  }

  #drain(): void {
    this.#timer = undefined;
    const batch = this.#waiting;
    this.#waiting = [];
    this.#parts.process(batch);
  }
}
