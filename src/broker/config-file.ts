// SPDX-License-Identifier: Apache-2.0
/**
 * One JSON table on disk, in the shape and under the name Apache uses. A write goes to `.tmp`, is
 * synced, then the old file becomes `.bak` and the new one takes its name: after a crash at any
 * point a whole table is found. Writes are coalesced: one at a time, at most one waiting.
 * Source: ConfigManager (common); store §1.4.
 */
import path from 'node:path';
import { ApogeeError, errorText } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { parseJavaJson } from '../protocol/java-json.ts';
import { isObject } from '../protocol/json-fields.ts';
import type { JavaJsonObject } from '../protocol/json-value.ts';
import type { Files } from './files.ts';

export interface ConfigFileParts {
  readonly files: Files;
  readonly path: string;
  readonly log: Log;
  /** The whole content as of now. */
  readonly encode: () => string;
}

export class ConfigFile {
  readonly path: string;
  readonly #files: Files;
  readonly #log: Log;
  readonly #encode: () => string;
  #dirty = false;
  #running: Promise<void> | undefined;
  #waiting: Promise<void> | undefined;

  constructor(parts: ConfigFileParts) {
    this.path = parts.path;
    this.#files = parts.files;
    this.#log = parts.log;
    this.#encode = parts.encode;
  }

  /**
   * The table's content, from `.bak` where the file is missing, empty or damaged; undefined when
   * neither exists. Errors: CONFIG_FILE when there are files but none can be read.
   */
  async load(): Promise<JavaJsonObject | undefined> {
    const faults: string[] = [];
    for (const candidate of [this.path, `${this.path}.bak`]) {
      const bytes = await this.#files.read(candidate);
      if (bytes === undefined || bytes.length === 0) continue;
      try {
        const content = parseJavaJson(bytes);
        if (!isObject(content)) throw new ApogeeError('CONFIG_FILE', 'it is not a JSON object');
        if (candidate !== this.path) this.#log.warn('table read from its backup', { candidate });
        return content;
      } catch (error) {
        faults.push(`${candidate}: ${errorText(error)}`);
        this.#log.warn('damaged table', { candidate, reason: errorText(error) });
      }
    }
    if (faults.length === 0) return undefined;
    throw new ApogeeError('CONFIG_FILE', `a table cannot be read: ${faults.join('; ')}`, {
      cure: 'restore the file from a copy, or move it away to start with an empty table',
    });
  }

  /** Notes a change that `flush` shall write. */
  markDirty(): void {
    this.#dirty = true;
  }

  /** Resolves when every change so far is durable; undefined when all are. */
  durable(): Promise<void> | undefined {
    return this.#dirty ? this.persist() : this.#running;
  }

  /** Writes what `markDirty` noted, and waits for writes that nobody waits for. */
  async flush(): Promise<void> {
    if (this.#dirty) await this.persist();
    else await (this.#waiting ?? this.#running);
  }

  /** Resolves when the content as of this call is durable. Errors: CONFIG_FILE; stays dirty. */
  persist(): Promise<void> {
    this.#dirty = true;
    if (this.#waiting !== undefined) return this.#waiting;
    if (this.#running === undefined) return this.#start();
    // A write in flight may have taken its content before this change: one more follows it.
    this.#waiting = this.#running
      .catch(() => {})
      .then(() => {
        this.#waiting = undefined;
        return this.#start();
      });
    return this.#waiting;
  }

  /** For changes nobody waits for: a failure is logged and tried again by the next `flush`. */
  persistInBackground(): void {
    this.persist().catch((error: unknown) => {
      this.#log.error('a table cannot be written', { path: this.path, reason: errorText(error) });
    });
  }

  #start(): Promise<void> {
    this.#running = this.#write().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #write(): Promise<void> {
    this.#dirty = false;
    const directory = path.dirname(this.path);
    const temporary = `${this.path}.tmp`;
    try {
      const bytes = new TextEncoder().encode(this.#encode());
      await this.#files.ensureDirectory(directory);
      await this.#files.writeDurably(temporary, bytes);
      await this.#files.rename(this.path, `${this.path}.bak`);
      await this.#files.rename(temporary, this.path);
      await this.#files.syncDirectory(directory);
    } catch (cause) {
      this.#dirty = true;
      throw new ApogeeError('CONFIG_FILE', `${this.path} cannot be written: ${errorText(cause)}`, {
        cure: 'check free space and permissions of the directory; the change is kept in memory',
        cause,
      });
    }
  }
}
