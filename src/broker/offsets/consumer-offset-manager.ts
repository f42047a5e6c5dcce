// SPDX-License-Identifier: Apache-2.0
/**
 * How far each group has consumed: the store holds the offsets, because native code commits them;
 * this class loads and saves them as `consumerOffset.json`. Thread: I/O thread.
 * Source: ConsumerOffsetManager; store §1.4.
 */
import type { Clock } from '../../core/clock.ts';
import type { Log } from '../../core/log.ts';
import {
  type DataVersion,
  dataVersionFromJson,
  dataVersionToJson,
  initialDataVersion,
  nextDataVersion,
} from '../../protocol/data-version.ts';
import { encodeJsonBody, prettyJavaJson } from '../../protocol/java-json.ts';
import { entriesField, isObject } from '../../protocol/json-fields.ts';
import type { JavaJsonBean } from '../../protocol/json-value.ts';
import type { MessageStore } from '../../store/message-store.ts';
import { ConfigFile } from '../config-file.ts';
import type { Files } from '../files.ts';

/** Between topic and group in the keys of the table; legal in neither. */
const TOPIC_GROUP_SEPARATOR = '@';

export type OffsetStore = Pick<
  MessageStore,
  'queryOffset' | 'commitOffset' | 'removeOffsets' | 'exportOffsets' | 'offsetVersion'
>;

export interface ConsumerOffsetManagerParts {
  readonly store: OffsetStore;
  readonly files: Files;
  readonly path: string;
  readonly clock: Clock;
  readonly log: Log;
}

export class ConsumerOffsetManager {
  readonly #store: OffsetStore;
  readonly #file: ConfigFile;
  readonly #clock: Clock;
  readonly #log: Log;
  #version: DataVersion;
  #savedVersion = 0;

  constructor(parts: ConsumerOffsetManagerParts) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#version = initialDataVersion(parts.clock.nowMs());
    const { files, path, log } = parts;
    this.#file = new ConfigFile({ files, path, log, encode: () => prettyJavaJson(this.#table()) });
  }

  /** Fills the store's table. Entries that cannot be are left out with a warning. */
  async load(): Promise<void> {
    const content = await this.#file.load();
    if (content !== undefined) {
      this.#version = dataVersionFromJson(content['dataVersion']);
      for (const [key, queues] of entriesField(content, 'offsetTable')) {
        const [topic, group, ...rest] = key.split(TOPIC_GROUP_SEPARATOR);
        if (!topic || !group || rest.length > 0 || !isObject(queues)) {
          this.#log.warn('offsets left out: the key is not topic@group', { key });
          continue;
        }
        this.#loadQueues(group, topic, Object.entries(queues));
      }
    }
    this.#savedVersion = this.#store.offsetVersion();
  }

  #loadQueues(group: string, topic: string, queues: readonly (readonly [string, unknown])[]): void {
    for (const [id, value] of queues) {
      const queueId = Number(id);
      const offset = Number(value);
      if (Number.isInteger(queueId) && Number.isSafeInteger(offset) && offset >= 0) {
        this.#store.commitOffset(group, topic, queueId, offset);
      } else {
        this.#log.warn('offset left out', { group, topic, queueId: id, offset: String(value) });
      }
    }
  }

  get dataVersion(): DataVersion {
    return this.#version;
  }

  /** -1 when the group never committed on the queue. */
  query(group: string, topic: string, queueId: number): number {
    return this.#store.queryOffset(group, topic, queueId);
  }

  commit(group: string, topic: string, queueId: number, offset: number): void {
    this.#store.commitOffset(group, topic, queueId, offset);
  }

  /** Topics on which the group has offsets. */
  topicsOf(group: string): string[] {
    const entries = this.#store.exportOffsets().filter((entry) => entry.group === group);
    return [...new Set(entries.map(({ topic }) => topic))];
  }

  /** Groups that have offsets on the topic. */
  groupsOf(topic: string): string[] {
    const entries = this.#store.exportOffsets().filter((entry) => entry.topic === topic);
    return [...new Set(entries.map(({ group }) => group))];
  }

  removeTopic(topic: string): void {
    this.#store.removeOffsets('', topic);
  }

  removeGroup(group: string): void {
    this.#store.removeOffsets(group, '');
  }

  /** Answer 43; undefined when there is no offset at all. */
  encodeBody(): Uint8Array | undefined {
    return this.#store.exportOffsets().length === 0 ? undefined : encodeJsonBody(this.#table());
  }

  /** Writes the file when an offset changed since the last write. Errors: CONFIG_FILE. */
  async flush(): Promise<void> {
    const version = this.#store.offsetVersion();
    if (version === this.#savedVersion) return;
    this.#version = nextDataVersion(this.#version, this.#clock.nowMs());
    await this.#file.persist();
    this.#savedVersion = version;
  }

  #table(): JavaJsonBean {
    const table = new Map<string, Map<number, number>>();
    for (const { group, topic, queueId, offset } of this.#store.exportOffsets()) {
      const key = `${topic}${TOPIC_GROUP_SEPARATOR}${group}`;
      const queues = table.get(key) ?? new Map<number, number>();
      table.set(key, queues.set(queueId, offset));
    }
    return { dataVersion: dataVersionToJson(this.#version), offsetTable: table };
  }
}
