// SPDX-License-Identifier: Apache-2.0
/**
 * Counts of latencies in buckets that are at most 1 % wide, in constant memory. Values are
 * microseconds; below 128 every value has its own bucket, above each power of two has 64.
 */

const EXACT = 128;
const PER_POWER = 64;
const POWERS = 46;

export class Histogram {
  readonly #counts = new Float64Array(EXACT + PER_POWER * POWERS);
  #count = 0;
  #maxUs = 0;
  #sumUs = 0;

  record(valueUs: number): void {
    const value = Math.max(0, Math.round(valueUs));
    const index = Math.min(bucketOf(value), this.#counts.length - 1);
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#count += 1;
    this.#sumUs += value;
    if (value > this.#maxUs) this.#maxUs = value;
  }

  get count(): number {
    return this.#count;
  }

  get maxUs(): number {
    return this.#maxUs;
  }

  get meanUs(): number {
    return this.#count === 0 ? 0 : this.#sumUs / this.#count;
  }

  /** The smallest bucket bound that `percent` of the values do not exceed. */
  percentileUs(percent: number): number {
    const wanted = Math.ceil((this.#count * percent) / 100);
    let seen = 0;
    for (let index = 0; index < this.#counts.length; index += 1) {
      seen += this.#counts[index] ?? 0;
      if (seen >= wanted && seen > 0) return Math.min(upperBoundUs(index), this.#maxUs);
    }
    return this.#maxUs;
  }
}

function bucketOf(value: number): number {
  if (value < EXACT) return value;
  const power = Math.floor(Math.log2(value));
  const within = Math.floor(value / 2 ** (power - 6)) - PER_POWER;
  return EXACT + (power - 7) * PER_POWER + within;
}

function upperBoundUs(index: number): number {
  if (index < EXACT) return index;
  const power = Math.floor((index - EXACT) / PER_POWER) + 7;
  const within = (index - EXACT) % PER_POWER;
  return (PER_POWER + within + 1) * 2 ** (power - 6) - 1;
}
