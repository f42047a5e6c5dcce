// SPDX-License-Identifier: Apache-2.0
/**
 * Keeps what arrives for a paused reader, for carriers that cannot be paused (browsers, uWS).
 * Bounded: a peer that goes on sending past the limit is disconnected.
 */
import { MAX_PAUSED_BYTES } from './transport-limits.ts';

export class PausedInbox {
  #chunks: Uint8Array[] = [];
  #bytes = 0;

  /** Copies `chunk`. False: it does not fit any more. */
  keep(chunk: Uint8Array): boolean {
    this.#bytes += chunk.length;
    if (this.#bytes > MAX_PAUSED_BYTES) return false;
    this.#chunks.push(chunk.slice());
    return true;
  }

  get isEmpty(): boolean {
    return this.#chunks.length === 0;
  }

  /** Hands chunks over in order while `wanted()`; what is left stays. */
  drain(deliver: (chunk: Uint8Array) => void, wanted: () => boolean): void {
    let taken = 0;
    for (const chunk of this.#chunks) {
      if (!wanted()) break;
      taken += 1;
      this.#bytes -= chunk.length;
      deliver(chunk);
    }
    this.#chunks = this.#chunks.slice(taken);
  }
}
