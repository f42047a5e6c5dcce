// SPDX-License-Identifier: Apache-2.0
/**
 * The text in which offsets of broadcasting consumers are kept, and what stores it.
 * `{"offsetTable":{{"brokerName":"b","queueId":0,"topic":"T"}:42}}`, tab-indented.
 * Source: LocalFileOffsetStore, spec remoting §4.9.
 */
import { ApogeeError } from '../core/errors.ts';
import { parseJavaJson, prettyJavaJson } from '../protocol/java-json.ts';
import { entriesField, objectOf } from '../protocol/json-fields.ts';
import {
  type MessageQueue,
  queueTableFromJson,
  queueTableToJson,
} from '../protocol/message-queue.ts';

export interface OffsetStorage {
  /** Texts saved for a consumer, the newest first. */
  load(clientId: string, group: string): Promise<readonly string[]>;
  save(clientId: string, group: string, text: string): Promise<void>;
}

/** Forgets everything when the process ends. */
export class MemoryOffsetStorage implements OffsetStorage {
  readonly #texts = new Map<string, string>();

  async load(clientId: string, group: string): Promise<readonly string[]> {
    const text = this.#texts.get(`${clientId} ${group}`);
    return text === undefined ? [] : [text];
  }

  async save(clientId: string, group: string, text: string): Promise<void> {
    this.#texts.set(`${clientId} ${group}`, text);
  }
}

export function formatOffsets(offsets: Iterable<readonly [MessageQueue, number]>): string {
  return prettyJavaJson({ offsetTable: queueTableToJson(offsets, (offset) => offset) });
}

/** Errors: BODY_INVALID. */
export function parseOffsets(text: string): [MessageQueue, number][] {
  const fields = objectOf(parseJavaJson(text), 'the stored offsets');
  return queueTableFromJson(entriesField(fields, 'offsetTable'), (value) => {
    const offset = Number(value);
    if (Number.isSafeInteger(offset) && offset >= 0) return offset;
    throw new ApogeeError('BODY_INVALID', `a stored offset is ${String(value)}`);
  });
}
