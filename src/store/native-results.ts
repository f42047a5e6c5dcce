// SPDX-License-Identifier: Apache-2.0
/** Objects made of the numbers that native reads return; used by the store and by read workers. */
import type { GetMessageStatus, ReadResult } from './message-store.ts';

export interface IndexQuery {
  /** Physical offsets, newest first. */
  readonly offsets: Float64Array;
  readonly lastUpdateMs: number;
  readonly lastOffset: number;
}

/** `facts` as `NativeReads.read` fills them. */
export function readResult(records: Uint8Array, facts: Float64Array): ReadResult {
  const [status = 0, nextBeginOffset = 0, minOffset = 0, maxOffset = 0, messageCount = 0] = facts;
  return {
    status: status as GetMessageStatus,
    nextBeginOffset,
    minOffset,
    maxOffset,
    records,
    messageCount,
  };
}

/** `numbers` as `NativeReads.queryIndex` returns them. */
export function indexQuery(numbers: Float64Array): IndexQuery {
  const [lastUpdateMs = 0, lastOffset = 0] = numbers;
  return { offsets: numbers.slice(2), lastUpdateMs, lastOffset };
}
