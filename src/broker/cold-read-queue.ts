// SPDX-License-Identifier: Apache-2.0
/**
 * Pulls whose data would touch the disk, on their way to the read pool: a bounded number runs, a
 * bounded number waits, more are refused. Thread: I/O thread. Source: DESIGN §3 rule 4.
 */

/** Serves a whole pull frame with the disk allowed; undefined: let the store serve it after all. */
export type ColdPullServer = (frame: Uint8Array) => Promise<Uint8Array | undefined>;

/** Reads that run at once. More would only queue inside the pool. */
export const MAX_COLD_READS_RUNNING = 64;
/** Reads that wait for their turn; their frames are held in memory. */
export const MAX_COLD_READS_WAITING = 10_000;

interface ColdRead {
  readonly frame: Uint8Array;
  readonly done: (reply: Uint8Array | undefined) => void;
  readonly failed: (error: unknown) => void;
}

export class ColdReadQueue {
  readonly #serve: ColdPullServer;
  readonly #waiting: ColdRead[] = [];
  #running = 0;

  constructor(serve: ColdPullServer) {
    this.#serve = serve;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** False when too many wait. Otherwise calls exactly one of `done` and `failed` later. */
  submit(read: ColdRead): boolean {
    if (this.#running < MAX_COLD_READS_RUNNING) {
      this.#start(read);
      return true;
    }
    if (this.#waiting.length >= MAX_COLD_READS_WAITING) return false;
    this.#waiting.push(read);
    return true;
  }

  #start(read: ColdRead): void {
    this.#running += 1;
    this.#serve(read.frame)
      .then(read.done, read.failed)
      .finally(() => {
        this.#running -= 1;
        const next = this.#waiting.shift();
        if (next !== undefined) this.#start(next);
      });
  }
}
