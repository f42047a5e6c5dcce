// SPDX-License-Identifier: Apache-2.0
/**
 * Closes connections that neither received nor sent anything for a while, with one timer for all.
 * A connection marks itself active by copying `tick`, one integer store per chunk.
 * Source: IdleStateHandler of NettyRemotingServer; remoting §1.9.
 */
import type { Clock, Timer } from '../core/clock.ts';

/** Ticks per timeout: a connection is closed at most a twelfth of the timeout late. */
const TICKS_PER_TIMEOUT = 12;

export interface IdleTracked {
  /** The sweeper's `tick` when bytes last moved. */
  activeTick: number;
  close(reason: string): void;
}

export class IdleSweeper {
  tick = 0;
  readonly #clock: Clock;
  readonly #idleTimeoutMs: number;
  readonly #tracked = new Set<IdleTracked>();
  #timer: Timer | undefined;
  #onEmpty: (() => void) | undefined;

  constructor(clock: Clock, idleTimeoutMs: number) {
    this.#clock = clock;
    this.#idleTimeoutMs = idleTimeoutMs;
  }

  /** The timer runs only while there is something to watch. */
  add(connection: IdleTracked): void {
    connection.activeTick = this.tick;
    this.#tracked.add(connection);
    this.#timer ??= this.#clock.every(
      this.#idleTimeoutMs / TICKS_PER_TIMEOUT,
      () => this.#sweep(),
      { unref: true },
    );
  }

  remove(connection: IdleTracked): void {
    this.#tracked.delete(connection);
    if (this.#tracked.size > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#onEmpty?.();
  }

  /** Closes every connection; resolves when the last one is removed. */
  closeAll(reason: string): Promise<void> {
    for (const connection of [...this.#tracked]) connection.close(reason);
    if (this.#tracked.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onEmpty = resolve;
    });
  }

  #sweep(): void {
    this.tick += 1;
    for (const connection of this.#tracked) {
      if (this.tick - connection.activeTick > TICKS_PER_TIMEOUT) {
        connection.close(`idle for ${this.#idleTimeoutMs / 1000} s`);
      }
    }
  }
}
