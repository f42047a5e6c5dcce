// SPDX-License-Identifier: Apache-2.0
/** A table of texts: answers 28, 103, 219. Source: KVTable, `{"table":{"k":"v"}}`. */
import { encodeJsonBody } from './java-json.ts';
import { entriesField, parseJsonBody } from './json-fields.ts';
import { attributesFromJson } from './topic-config.ts';

export type KvTable = ReadonlyMap<string, string>;

export function encodeKvTable(table: KvTable): Uint8Array {
  return encodeJsonBody({ table });
}

/** Errors: BODY_INVALID. */
export function decodeKvTable(body: Uint8Array | undefined): Map<string, string> {
  return attributesFromJson(entriesField(parseJsonBody(body, 'a key-value table'), 'table'));
}
