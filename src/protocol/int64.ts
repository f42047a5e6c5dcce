// SPDX-License-Identifier: Apache-2.0
/**
 * 64-bit integers in byte buffers as JS numbers, high and low word apart (bigint is ten times
 * slower). Offsets, sizes and times stay below 2^53; beyond that a read loses its last digits.
 */
import { assert } from '../core/assert.ts';

const TWO_32 = 4_294_967_296;

export function readInt64(view: DataView, at: number): number {
  return view.getInt32(at) * TWO_32 + view.getUint32(at + 4);
}

export function writeInt64(view: DataView, at: number, value: number): void {
  assert(Number.isSafeInteger(value), `${value} is not an integer below 2^53`);
  view.setInt32(at, Math.floor(value / TWO_32));
  view.setUint32(at + 4, value >>> 0);
}
