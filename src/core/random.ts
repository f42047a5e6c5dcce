// SPDX-License-Identifier: Apache-2.0
/** Randomness as an injected interface; simulations pass a seeded one. */

export interface Random {
  /** Uniform integer in [0, bound). `bound` is a positive integer below 2^31. */
  nextInt(bound: number): number;
}

/** The process's generator. */
export const systemRandom: Random = {
  nextInt: (bound) => Math.floor(Math.random() * bound),
};

/** Mulberry32: small, seeded, good enough to replay a run. Not for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return {
    nextInt(bound) {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * bound);
    },
  };
}
