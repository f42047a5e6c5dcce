// SPDX-License-Identifier: Apache-2.0
/**
 * Time as an injected interface, so that tests and simulations own it.
 * Only this file and the composition roots may touch the process clock or its timers.
 */

/** A cancellable timer. `cancel` is idempotent. */
export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Wall clock, milliseconds since the epoch. */
  nowMs(): number;
  /** Monotonic clock for durations, milliseconds with a fraction. */
  monotonicMs(): number;
  /** Calls `task` once after `delayMs`. Never keeps the process alive by itself when `unref`. */
  after(delayMs: number, task: () => void, options?: TimerOptions): Timer;
  /** Calls `task` every `periodMs`, first after `firstDelayMs` (default: one period). */
  every(periodMs: number, task: () => void, options?: PeriodicOptions): Timer;
}

export interface TimerOptions {
  /** True: a pending timer does not keep the process alive. */
  readonly unref?: boolean;
}

export interface PeriodicOptions extends TimerOptions {
  readonly firstDelayMs?: number;
}

/** Resolves after `delayMs` on `clock`, or rejects with the signal's reason when it aborts. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = (): void => {
      timer.cancel();
      reject(signal?.reason);
    };
    const timer = clock.after(delayMs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** The real clock of the process (works in Node and in browsers). */
export class SystemClock implements Clock {
  nowMs(): number {
    return Date.now();
  }

  monotonicMs(): number {
    return performance.now();
  }

  after(delayMs: number, task: () => void, options: TimerOptions = {}): Timer {
    const handle = setTimeout(task, delayMs);
    if (options.unref === true) unref(handle);
    return { cancel: () => clearTimeout(handle) };
  }

  every(periodMs: number, task: () => void, options: PeriodicOptions = {}): Timer {
    let interval: ReturnType<typeof setInterval> | undefined;
    const startPeriods = (): void => {
      interval = setInterval(task, periodMs);
      if (options.unref === true) unref(interval);
    };
    if (options.firstDelayMs === undefined || options.firstDelayMs === periodMs) {
      startPeriods();
      return { cancel: () => clearInterval(interval) };
    }
    const first = setTimeout(() => {
      startPeriods();
      task();
    }, options.firstDelayMs);
    if (options.unref === true) unref(first);
    return {
      cancel: () => {
        clearTimeout(first);
        clearInterval(interval);
      },
    };
  }
}

/** Browsers return a number, Node an object with `unref`. */
function unref(handle: unknown): void {
  (handle as { unref?: () => void }).unref?.();
}
