// SPDX-License-Identifier: Apache-2.0
/**
 * Key-value settings by namespace, in memory and in kvConfig.json. Changes are written in the
 * order they came, each as the whole file. Source: KVConfigManager; namesrv §4.13.
 */
import { ApogeeError, errorText } from '../core/errors.ts';
import { parseJavaJson, stringifyJavaJson } from '../protocol/java-json.ts';
import { entriesField, objectOf } from '../protocol/json-fields.ts';
import { attributesFromJson } from '../protocol/topic-config.ts';
import type { TextFiles } from './namesrv-config.ts';

/** Namespace of order configurations: topic → `broker-a:4;broker-b:4`. */
export const NAMESPACE_ORDER_TOPIC_CONFIG = 'ORDER_TOPIC_CONFIG';

export class KvConfigManager {
  readonly #files: TextFiles;
  readonly #path: () => string;
  readonly #table = new Map<string, Map<string, string>>();
  #lastWrite: Promise<void> = Promise.resolve();

  constructor(files: TextFiles, path: () => string) {
    this.#files = files;
    this.#path = path;
  }

  /** Errors: CONFIG_FILE when the file is there but not readable: it must not be overwritten. */
  async load(): Promise<void> {
    const path = this.#path();
    try {
      const text = await this.#files.read(path);
      if (text === undefined || text.trim() === '') return;
      const root = objectOf(parseJavaJson(text), 'the file');
      for (const [namespace, table] of entriesField(root, 'configTable')) {
        const entries = Object.entries(objectOf(table, `namespace ${namespace}`));
        this.#table.set(namespace, attributesFromJson(entries));
      }
    } catch (error) {
      throw new ApogeeError('CONFIG_FILE', `${path} cannot be read: ${errorText(error)}`, {
        cure: 'repair the file or move it away; it holds the settings put with mqadmin',
        cause: error,
      });
    }
  }

  get(namespace: string, key: string): string | undefined {
    return this.#table.get(namespace)?.get(key);
  }

  /** Undefined for a namespace nobody used; one that was emptied is an empty table. */
  namespaceTable(namespace: string): ReadonlyMap<string, string> | undefined {
    return this.#table.get(namespace);
  }

  /** Resolves when the file holds it. Errors: CONFIG_FILE; the key holds until a restart then. */
  put(namespace: string, key: string, value: string): Promise<void> {
    const table = this.#table.get(namespace) ?? new Map<string, string>();
    table.set(key, value);
    this.#table.set(namespace, table);
    return this.#persist();
  }

  /** As `put`. */
  delete(namespace: string, key: string): Promise<void> {
    this.#table.get(namespace)?.delete(key);
    return this.#persist();
  }

  /** Resolves when every change is written or has failed. */
  async close(): Promise<void> {
    await this.#lastWrite.catch(() => {});
  }

  #persist(): Promise<void> {
    const text = stringifyJavaJson({ configTable: this.#table });
    const write = async (): Promise<void> => {
      const path = this.#path();
      try {
        await this.#files.replace(path, text);
      } catch (error) {
        throw new ApogeeError('CONFIG_FILE', `${path} cannot be written: ${errorText(error)}`, {
          cure: 'the change holds until this name server restarts; free the disk and repeat it',
          cause: error,
        });
      }
    };
    this.#lastWrite = this.#lastWrite.then(write, write);
    return this.#lastWrite;
  }
}
