// SPDX-License-Identifier: Apache-2.0
/**
 * A thread of the read pool: reads the store that the I/O thread opened, disk allowed. The pool
 * gives the store's handle as workerData and names one of the exported functions per task.
 */
import { move, workerData } from 'piscina';
import type { ReadResult } from './message-store.ts';
import { loadNativeAddon, type NativeReads } from './native-addon.ts';
import { type IndexQuery, indexQuery, readResult } from './native-results.ts';

export interface ReadTask {
  readonly topic: string;
  readonly queueId: number;
  readonly offset: number;
  readonly maxMessages: number;
  readonly codes: Int32Array;
}

export interface IndexTask {
  readonly topic: string;
  readonly key: string;
  readonly maxCount: number;
  readonly beginMs: number;
  readonly endMs: number;
}

let reader: NativeReads | undefined;

function nativeReader(): NativeReads {
  reader ??= new (loadNativeAddon().NativeReader)(Number(workerData));
  return reader;
}

export function serveColdPull(frame: Uint8Array): unknown {
  const reply = nativeReader().serveColdPull(frame);
  return reply === undefined ? undefined : move(reply);
}

export function read(task: ReadTask): ReadResult {
  const facts = new Float64Array(5);
  const { topic, queueId, offset, maxMessages, codes } = task;
  return readResult(nativeReader().read(topic, queueId, offset, maxMessages, codes, facts), facts);
}

export function lookMessage(physicalOffset: number): Uint8Array | undefined {
  return nativeReader().lookMessage(physicalOffset);
}

export function queryIndex(task: IndexTask): IndexQuery {
  const { topic, key, maxCount, beginMs, endMs } = task;
  return indexQuery(nativeReader().queryIndex(topic, key, maxCount, beginMs, endMs));
}
