// SPDX-License-Identifier: Apache-2.0
/** A clock that moves only when a test says so. Timers fire in order of their due time. */
import type { Clock, PeriodicOptions, Timer } from '../../src/core/clock.ts';

interface Due {
  atMs: number;
  readonly sequence: number;
  readonly periodMs: number | undefined;
  readonly task: () => void;
}

export class VirtualClock implements Clock {
  #nowMs: number;
  #sequence = 0;
  readonly #startMs: number;
  readonly #timers = new Set<Due>();

  constructor(startMs = 1_700_000_000_000) {
    this.#nowMs = startMs;
    this.#startMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs - this.#startMs;
  }

  after(delayMs: number, task: () => void): Timer {
    return this.#add(delayMs, undefined, task);
  }

  every(periodMs: number, task: () => void, options: PeriodicOptions = {}): Timer {
    return this.#add(options.firstDelayMs ?? periodMs, periodMs, task);
  }

  /** Timers that are set. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Moves time on, firing what is due on the way; promises settle between two timers. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    await settle();
    for (let due = this.#next(endMs); due !== undefined; due = this.#next(endMs)) {
      this.#nowMs = Math.max(this.#nowMs, due.atMs);
      if (due.periodMs === undefined) this.#timers.delete(due);
      else due.atMs += due.periodMs;
      due.task();
      await settle();
    }
    this.#nowMs = endMs;
  }

  #add(delayMs: number, periodMs: number | undefined, task: () => void): Timer {
    this.#sequence += 1;
    const due = { atMs: this.#nowMs + delayMs, sequence: this.#sequence, periodMs, task };
    this.#timers.add(due);
    return { cancel: () => this.#timers.delete(due) };
  }

  #next(endMs: number): Due | undefined {
    let first: Due | undefined;
    for (const due of this.#timers) {
      if (due.atMs > endMs) continue;
      const isEarlier =
        first === undefined ||
        due.atMs < first.atMs ||
        (due.atMs === first.atMs && due.sequence < first.sequence);
      if (isEarlier) first = due;
    }
    return first;
  }
}

/** Lets promises that can settle do so. */
export async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
