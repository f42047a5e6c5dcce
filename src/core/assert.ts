// SPDX-License-Identifier: Apache-2.0
/** Programmer errors. Operating errors use `ApogeeError` (errors.ts) or values. */

export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

/** Throws when `condition` is false: a bug in this program, never bad input. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}
