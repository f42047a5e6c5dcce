// SPDX-License-Identifier: Apache-2.0
/**
 * The topics of this broker: `topics.json`, the rules of automatic creation, and the compiled form
 * that the store looks up. Thread: I/O thread.
 * Source: TopicConfigManager; remoting §2.3.1 step 5, store §1.4.
 */
import type { Clock } from '../../core/clock.ts';
import { errorText } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import {
  type DataVersion,
  dataVersionFromJson,
  dataVersionToJson,
  initialDataVersion,
  nextDataVersion,
} from '../../protocol/data-version.ts';
import { prettyJavaJson } from '../../protocol/java-json.ts';
import { entriesField } from '../../protocol/json-fields.ts';
import { isRetryTopic, SystemTopic } from '../../protocol/names.ts';
import { isInherited, PERM_READ_WRITE, Perm } from '../../protocol/perm.ts';
import {
  equalTopicConfigs,
  newTopicConfig,
  type TopicConfig,
  topicConfigFromJson,
  topicConfigToJson,
} from '../../protocol/topic-config.ts';
import type { MessageStore } from '../../store/message-store.ts';
import type { BrokerConfig } from '../broker-config.ts';
import { ConfigFile } from '../config-file.ts';
import type { Files } from '../files.ts';
import { alterAttributes, topicAttributes } from './attributes.ts';
import { isSendRefused, systemTopicConfigs } from './system-topics.ts';

export interface TopicConfigManagerParts {
  readonly config: BrokerConfig;
  readonly store: Pick<MessageStore, 'setTopic' | 'removeTopic' | 'destroyTopicQueues'>;
  readonly files: Files;
  readonly path: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** Called after each change with the topics changed; `undefined` when topics were removed. */
export type TopicsChanged = (changed: readonly TopicConfig[] | undefined) => void;

export interface AutomaticTopic {
  readonly topic: string;
  /** The template that a client names, normally TBW102. */
  readonly defaultTopic: string;
  readonly defaultTopicQueueNums: number;
  readonly topicSysFlag: number;
  /** The producer, for the log. */
  readonly remote: string;
}

export class TopicConfigManager {
  readonly #config: BrokerConfig;
  readonly #store: TopicConfigManagerParts['store'];
  readonly #file: ConfigFile;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #table = new Map<string, TopicConfig>();
  /** Topics made by a send that are not durable yet. */
  readonly #creating = new Map<string, Promise<void>>();
  #version: DataVersion;
  #onChange: TopicsChanged = () => {};

  constructor(parts: TopicConfigManagerParts) {
    this.#config = parts.config;
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#version = initialDataVersion(parts.clock.nowMs());
    const { files, path, log } = parts;
    this.#file = new ConfigFile({ files, path, log, encode: () => this.#encode() });
  }

  /** System topics first, then what the file says of any topic. Call once, before the others. */
  async load(): Promise<void> {
    for (const config of systemTopicConfigs(this.#config)) this.#put(config);
    const content = await this.#file.load();
    if (content === undefined) {
      this.#file.markDirty();
      return;
    }
    this.#version = dataVersionFromJson(content['dataVersion']);
    for (const [name, value] of entriesField(content, 'topicConfigTable')) {
      this.#put(topicConfigFromJson(value, name));
    }
  }

  onChange(listener: TopicsChanged): void {
    this.#onChange = listener;
  }

  get dataVersion(): DataVersion {
    return this.#version;
  }

  get table(): ReadonlyMap<string, TopicConfig> {
    return this.#table;
  }

  get(topic: string): TopicConfig | undefined {
    return this.#table.get(topic);
  }

  isOrderTopic(topic: string): boolean {
    return this.#table.get(topic)?.order === true;
  }

  /**
   * The topic, made from its template where that allows it; undefined when it does not. A new
   * topic is served natively only when `creation` has ended.
   */
  createForSend(wanted: AutomaticTopic): TopicConfig | undefined {
    const { topic, defaultTopic, remote } = wanted;
    const existing = this.#table.get(topic);
    if (existing !== undefined) return existing;
    const template = this.#template(defaultTopic);
    if (template === undefined || !isInherited(template.perm)) {
      const reason = template === undefined ? 'its template does not exist' : 'INHERIT is not set';
      this.#log.warn('topic not created', { topic, defaultTopic, reason, producer: remote });
      return undefined;
    }
    const queues = Math.max(0, Math.min(wanted.defaultTopicQueueNums, template.writeQueueNums));
    const config = newTopicConfig(topic, {
      readQueueNums: queues,
      writeQueueNums: queues,
      perm: template.perm & ~Perm.INHERIT,
      topicSysFlag: wanted.topicSysFlag,
      topicFilterType: template.topicFilterType,
    });
    this.#log.info('topic created by a send', { topic, queues, defaultTopic, producer: remote });
    this.#createDurably(config);
    return config;
  }

  /**
   * While a topic made by a send is being written: resolves when it is durable and served
   * natively. Sends that wait for it keep their order, since none is served before.
   */
  creation(topic: string): Promise<void> | undefined {
    return this.#creating.get(topic);
  }

  /** Resolves when every change so far is durable; undefined when all are. */
  durable(): Promise<void> | undefined {
    return this.#file.durable();
  }

  #createDurably(config: TopicConfig): void {
    const { topicName } = config;
    this.#table.set(topicName, config);
    this.#bump();
    const created = this.#file.persist().catch((error: unknown) => {
      // As Apache's broker: the topic works, and the file is tried again later.
      this.#log.error('a table cannot be written', { reason: errorText(error) });
    });
    const published = created.then(() => {
      this.#creating.delete(topicName);
      if (this.#table.get(topicName) !== config) return;
      this.#put(config);
      this.#onChange([config]);
    });
    this.#creating.set(topicName, published);
  }

  /** The template; TBW102 gives nothing on while autoCreateTopicEnable is off. */
  #template(defaultTopic: string): TopicConfig | undefined {
    const template = this.#table.get(defaultTopic);
    const isDefault = defaultTopic === SystemTopic.AUTO_CREATE_TOPIC_KEY_TOPIC;
    return template !== undefined && isDefault && !this.#config.autoCreateTopicEnable
      ? { ...template, perm: PERM_READ_WRITE }
      : template;
  }

  /** A `%RETRY%` or `%DLQ%` topic, made where it is missing; `order`, if given, is brought in. */
  createRetryOrDlq(
    topic: string,
    queueNums: number,
    options: { readonly order?: boolean; readonly topicSysFlag?: number } = {},
  ): TopicConfig {
    const existing = this.#table.get(topic);
    const { order = existing?.order ?? false, topicSysFlag = 0 } = options;
    if (existing !== undefined && existing.order === order) return existing;
    const config =
      existing === undefined
        ? newTopicConfig(topic, {
            readQueueNums: queueNums,
            writeQueueNums: queueNums,
            topicSysFlag,
            order,
          })
        : { ...existing, order };
    if (existing === undefined) this.#log.info('topic created', { topic, queueNums });
    this.#change([config]);
    this.#file.persistInBackground();
    return config;
  }

  /**
   * Stores topics as an admin wants them; `attributes` of each holds changes (`+k`, `-k`).
   * Resolves when durable. Unchanged ones count as done. Errors: CONFIG_VALUE, CONFIG_FILE; none
   * is stored when an attribute of any is wrong.
   */
  async update(wanted: readonly TopicConfig[]): Promise<void> {
    const changed: TopicConfig[] = [];
    for (const config of wanted) {
      const current = this.#table.get(config.topicName);
      const attributes = alterAttributes(topicAttributes, current?.attributes, config.attributes);
      const next = { ...config, attributes };
      if (current === undefined || !equalTopicConfigs(current, next)) changed.push(next);
    }
    if (changed.length === 0) return;
    for (const { topicName, readQueueNums, writeQueueNums, perm } of changed) {
      const existed = this.#table.has(topicName);
      this.#log.info(existed ? 'topic updated' : 'topic created', {
        topic: topicName,
        readQueueNums,
        writeQueueNums,
        perm,
      });
    }
    this.#change(changed);
    await this.#file.persist();
  }

  /** Forgets the topic and its queues. Resolves when durable; false when it was not there. */
  async delete(topic: string): Promise<boolean> {
    if (!this.#table.delete(topic)) return false;
    this.#store.removeTopic(topic);
    this.#store.destroyTopicQueues(topic);
    this.#bump();
    this.#log.info('topic deleted', { topic });
    this.#onChange(undefined);
    await this.#file.persist();
    return true;
  }

  /** Topics that a name server's ORDER_TOPIC_CONFIG names become ordered. */
  markOrdered(topics: Iterable<string>): void {
    const changed: TopicConfig[] = [];
    for (const topic of topics) {
      const config = this.#table.get(topic);
      if (config !== undefined && !config.order) changed.push({ ...config, order: true });
    }
    if (changed.length === 0) return;
    this.#change(changed);
    this.#file.persistInBackground();
  }

  /** Writes what is not written yet. */
  async flush(): Promise<void> {
    await this.#file.flush();
  }

  #change(configs: readonly TopicConfig[]): void {
    for (const config of configs) this.#put(config);
    this.#bump();
    this.#onChange(configs);
  }

  #put(config: TopicConfig): void {
    const { topicName: topic } = config;
    this.#table.set(topic, config);
    this.#store.setTopic({
      topic,
      readQueueNums: config.readQueueNums,
      writeQueueNums: config.writeQueueNums,
      perm: config.perm,
      topicSysFlag: config.topicSysFlag,
      multiTag: config.topicFilterType === 'MULTI_TAG',
      // Retried messages have their own rules, for example the dead-letter limit.
      hotSend: !isSendRefused(topic) && !isRetryTopic(topic) && !needsKey(config),
    });
  }

  #bump(): void {
    this.#version = nextDataVersion(this.#version, this.#clock.nowMs());
  }

  #encode(): string {
    return prettyJavaJson({
      dataVersion: dataVersionToJson(this.#version),
      topicConfigTable: new Map(
        [...this.#table].map(([name, config]) => [name, topicConfigToJson(config)]),
      ),
    });
  }
}

/** Compaction topics of another broker's directory refuse messages without a key. */
export function needsKey(config: TopicConfig): boolean {
  return config.attributes.get('cleanup.policy') === 'COMPACTION';
}
