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
import { stringifyJavaJson } from '../../protocol/java-json.ts';
import { entriesField, isObject } from '../../protocol/json-fields.ts';
import type { MessageStore } from '../../store/message-store.ts';
import { ConfigFile } from '../config-file.ts';
import type { Files } from '../files.ts';

/** Between topic and group in the keys of the table; legal in neither. */
const TOPIC_GROUP_SEPARATOR = '@';

/** Tables up to so many offsets are walked for every question about groups and topics. */
const EXACT_ENTRIES = 10_000;
const MAX_PAIRS_AGE_MS = 1000;

/** Which group has offsets on which topic. */
interface Pairs {
  readonly version: number;
  readonly atMs: number;
  readonly entries: number;
  /** By group. */
  readonly topics: Map<string, Set<string>>;
  /** By topic. */
  readonly groups: Map<string, Set<string>>;
}

function emptyPairs(): Pick<Pairs, 'topics' | 'groups'> {
  return { topics: new Map(), groups: new Map() };
}

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
  #lastPairs: Pairs = { version: -1, atMs: 0, entries: 0, ...emptyPairs() };

  constructor(parts: ConsumerOffsetManagerParts) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#version = initialDataVersion(parts.clock.nowMs());
    const { files, path, log } = parts;
    this.#file = new ConfigFile({ files, path, log, encode: () => this.#encode() });
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
    return [...(this.#pairs().topics.get(group) ?? [])];
  }

  /** Groups that have offsets on the topic. */
  groupsOf(topic: string): string[] {
    return [...(this.#pairs().groups.get(topic) ?? [])];
  }

  removeTopic(topic: string): void {
    this.#store.removeOffsets('', topic);
  }

  removeGroup(group: string): void {
    this.#store.removeOffsets(group, '');
  }

  /** Answer 43; undefined when there is no offset at all. */
  encodeBody(): Uint8Array | undefined {
    const isEmpty = this.#store.exportOffsets().length === 0;
    return isEmpty ? undefined : new TextEncoder().encode(this.#encode());
  }

  /** Writes the file when an offset changed since the last write. Errors: CONFIG_FILE. */
  async flush(): Promise<void> {
    const version = this.#store.offsetVersion();
    if (version === this.#savedVersion) return;
    this.#version = nextDataVersion(this.#version, this.#clock.nowMs());
    await this.#file.persist();
    this.#savedVersion = version;
  }

  /** Exact for small tables; of a large one, which costs time to walk, at most a second old. */
  #pairs(): Pairs {
    const version = this.#store.offsetVersion();
    const nowMs = this.#clock.monotonicMs();
    const pairs = this.#lastPairs;
    const isFresh = pairs.entries > EXACT_ENTRIES && nowMs - pairs.atMs < MAX_PAIRS_AGE_MS;
    if (pairs.version === version || isFresh) return pairs;
    const entries = this.#store.exportOffsets();
    const next = { version, atMs: nowMs, entries: entries.length, ...emptyPairs() };
    for (const { group, topic } of entries) {
      next.topics.set(group, (next.topics.get(group) ?? new Set()).add(topic));
      next.groups.set(topic, (next.groups.get(topic) ?? new Set()).add(group));
    }
    this.#lastPairs = next;
    return next;
  }

  /**
   * The file's text. Written by hand, because the general writer would stop the I/O thread for
   * 0.1 s at 30 000 offsets. Names of topics and groups need no escapes.
   */
  #encode(): string {
    const queues = new Map<string, string>();
    for (const { group, topic, queueId, offset } of this.#store.exportOffsets()) {
      const key = `${topic}${TOPIC_GROUP_SEPARATOR}${group}`;
      const before = queues.get(key);
      queues.set(key, `${before === undefined ? '' : `${before},`}${queueId}:${offset}`);
    }
    const version = stringifyJavaJson(dataVersionToJson(this.#version));
    const rows = [...queues].map(([key, offsets]) => `\n\t\t${JSON.stringify(key)}:{${offsets}}`);
    return `{\n\t"dataVersion":${version},\n\t"offsetTable":{${rows.join(',')}\n\t}\n}`;
  }
}
