// SPDX-License-Identifier: Apache-2.0
const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);

/** A 64-bit time as a number: clients send the extremes of the range for "no limit". */
export function safeMs(timestamp: bigint): number {
  if (timestamp > MAX_SAFE) return Number.MAX_SAFE_INTEGER;
  if (timestamp < -MAX_SAFE) return Number.MIN_SAFE_INTEGER;
  return Number(timestamp);
}
