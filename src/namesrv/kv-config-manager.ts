// SPDX-License-Identifier: Apache-2.0
/**
 * Namespace → key → value, kept in kvConfig.json as `{"configTable":{namespace:{key:value}}}`.
 * Source: KVConfigManager; namesrv §4.13.
 */
import { stringifyJavaJson } from '../protocol/java-json.ts';
import { entriesField, isObject, textOf } from '../protocol/json-fields.ts';
import type { JavaJsonObject } from '../protocol/json-value.ts';

/** One JSON file, replaced whole and durably. */
export interface JsonTable {
  /** Undefined when there is no file yet. */
  load(): Promise<JavaJsonObject | undefined>;
  /** Resolves when the content as of this call is durable. */
  persist(): Promise<void>;
}

/** Namespace of the tables that fix the queues of ordered topics. */
export const ORDER_TOPIC_NAMESPACE = 'ORDER_TOPIC_CONFIG';

export class KvConfigManager {
  readonly #namespaces = new Map<string, Map<string, string>>();
  readonly #table: JsonTable;

  constructor(openTable: (encode: () => string) => JsonTable) {
    this.#table = openTable(() => stringifyJavaJson({ configTable: this.#namespaces }));
  }

  async load(): Promise<void> {
    const content = await this.#table.load();
    if (content === undefined) return;
    for (const [namespace, pairs] of entriesField(content, 'configTable')) {
      if (!isObject(pairs)) continue;
      const values = new Map<string, string>();
      for (const [key, value] of Object.entries(pairs)) {
        const text = textOf(value);
        if (text !== undefined) values.set(key, text);
      }
      this.#namespaces.set(namespace, values);
    }
  }

  get(namespace: string, key: string): string | undefined {
    return this.#namespaces.get(namespace)?.get(key);
  }

  namespace(namespace: string): ReadonlyMap<string, string> | undefined {
    return this.#namespaces.get(namespace);
  }

  async put(namespace: string, key: string, value: string): Promise<void> {
    const pairs = this.#namespaces.get(namespace) ?? new Map<string, string>();
    this.#namespaces.set(namespace, pairs.set(key, value));
    await this.#table.persist();
  }

  /** Empty namespaces stay, as with Apache. */
  async delete(namespace: string, key: string): Promise<void> {
    if (this.#namespaces.get(namespace)?.delete(key)) await this.#table.persist();
  }
}
