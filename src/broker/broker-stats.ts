// SPDX-License-Identifier: Apache-2.0
/**
 * Rates and day counters made from samples of the store's counters, one a second.
 * Thread: I/O thread. Source: StoreStatsService, BrokerStats; admin §4.
 */
import type { Clock } from '../core/clock.ts';
import type { StoreStats } from '../store/message-store.ts';

/** ms between samples. */
export const SAMPLE_PERIOD_MS = 1000;

/** Windows of the three rates, in samples. */
const RATE_WINDOWS = [10, 60, 600] as const;
const MAX_SAMPLES = 601;

/** Keys whose rate is remembered between questions; the oldest is forgotten first. */
const MAX_RATE_KEYS = 10_000;

export type Counter = 'messagesPut' | 'messagesRead';

interface Sample {
  readonly atMs: number;
  readonly messagesPut: number;
  readonly messagesRead: number;
}

interface DayCounters {
  messagesPut: number;
  messagesRead: number;
}

export class BrokerStats {
  readonly bootMs: number;
  readonly #clock: Clock;
  readonly #read: () => StoreStats;
  readonly #samples: Sample[] = [];
  readonly #rates = new Map<string, { readonly atMs: number; readonly count: number }>();
  #day: number;
  #todayMorning: DayCounters = { messagesPut: 0, messagesRead: 0 };
  #yesterdayMorning: DayCounters = { messagesPut: 0, messagesRead: 0 };

  constructor(clock: Clock, read: () => StoreStats) {
    this.#clock = clock;
    this.#read = read;
    this.bootMs = clock.nowMs();
    this.#day = dayOf(this.bootMs);
  }

  /** Call once per SAMPLE_PERIOD_MS. */
  sample(): void {
    const { messagesPut, messagesRead } = this.#read();
    this.#samples.push({ atMs: this.#clock.monotonicMs(), messagesPut, messagesRead });
    if (this.#samples.length > MAX_SAMPLES) this.#samples.shift();
    const day = dayOf(this.#clock.nowMs());
    if (day === this.#day) return;
    this.#day = day;
    this.#yesterdayMorning = this.#todayMorning;
    this.#todayMorning = { messagesPut, messagesRead };
  }

  /** Per second over 10 s, 60 s and 600 s; undefined where the window is not full yet. */
  rates(counter: Counter): (number | undefined)[] {
    const last = this.#samples.at(-1);
    return RATE_WINDOWS.map((window) => {
      const first = this.#samples.at(-1 - window);
      if (last === undefined || first === undefined) return undefined;
      return ((last[counter] - first[counter]) * 1000) / Math.max(1, last.atMs - first.atMs);
    });
  }

  yesterdayMorning(counter: Counter): number {
    return this.#yesterdayMorning[counter];
  }

  todayMorning(counter: Counter): number {
    return this.#todayMorning[counter];
  }

  now(counter: Counter): number {
    return this.#read()[counter];
  }

  /** Per second since this was last asked of `key`, which counts upwards; 0 the first time. */
  rateSinceLastAsked(key: string, count: number): number {
    const atMs = this.#clock.monotonicMs();
    const last = this.#rates.get(key);
    this.#rates.delete(key);
    this.#rates.set(key, { atMs, count });
    if (this.#rates.size > MAX_RATE_KEYS) {
      const [oldest] = this.#rates.keys();
      if (oldest !== undefined) this.#rates.delete(oldest);
    }
    if (last === undefined || atMs <= last.atMs) return 0;
    return Math.max(0, ((count - last.count) * 1000) / (atMs - last.atMs));
  }
}

/** A number that changes at local midnight. */
function dayOf(nowMs: number): number {
  const date = new Date(nowMs);
  return date.getFullYear() * 10_000 + date.getMonth() * 100 + date.getDate();
}
