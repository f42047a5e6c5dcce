// SPDX-License-Identifier: Apache-2.0
/**
 * The consumer groups of this broker: `subscriptionGroup.json`, the groups every broker has, and
 * automatic creation on first use. Thread: I/O thread.
 * Source: SubscriptionGroupManager; store §1.4, admin §3.4.
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
import { prettyJavaJson } from '../../protocol/java-json.ts';
import { entriesField, isObject } from '../../protocol/json-fields.ts';
import { groupNameFault, isSystemGroup, SystemGroup } from '../../protocol/names.ts';
import {
  newSubscriptionGroupConfig,
  type SubscriptionGroupConfig,
  subscriptionGroupConfigFromJson,
  subscriptionGroupConfigToJson,
} from '../../protocol/subscription-group-config.ts';
import type { MessageStore } from '../../store/message-store.ts';
import type { BrokerConfig } from '../broker-config.ts';
import { ConfigFile } from '../config-file.ts';
import type { Files } from '../files.ts';
import { alterAttributes, groupAttributes } from '../topics/attributes.ts';

/** Groups made at every start. */
const builtInGroups: readonly string[] = [
  SystemGroup.TOOLS_CONSUMER,
  SystemGroup.FILTERSRV_CONSUMER,
  SystemGroup.SELF_TEST_CONSUMER,
  SystemGroup.ONS_HTTP_PROXY,
  SystemGroup.ONSAPI_PULL,
  SystemGroup.ONSAPI_PERMISSION,
  SystemGroup.ONSAPI_OWNER,
  SystemGroup.SYS_TRANS,
];

/** Bit of a forbidden mask that stands for reading. Source: PermName.INDEX_PERM_READ. */
const FORBIDDEN_READ = 1 << 2;

/** Group → topic → bits of what the group must not do there. */
export type ForbiddenTable = ReadonlyMap<string, ReadonlyMap<string, number>>;

export interface SubscriptionGroupManagerParts {
  readonly config: BrokerConfig;
  readonly store: Pick<MessageStore, 'setGroup' | 'removeGroup'>;
  readonly files: Files;
  readonly path: string;
  readonly clock: Clock;
  readonly log: Log;
}

export class SubscriptionGroupManager {
  readonly #config: BrokerConfig;
  readonly #store: SubscriptionGroupManagerParts['store'];
  readonly #file: ConfigFile;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #table = new Map<string, SubscriptionGroupConfig>();
  readonly #forbidden = new Map<string, ReadonlyMap<string, number>>();
  #version: DataVersion;

  constructor(parts: SubscriptionGroupManagerParts) {
    this.#config = parts.config;
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#version = initialDataVersion(parts.clock.nowMs());
    const { files, path, log } = parts;
    this.#file = new ConfigFile({ files, path, log, encode: () => this.#encode() });
  }

  /** Built-in groups first, then what the file says of any group. Call once, before the others. */
  async load(): Promise<void> {
    for (const name of builtInGroups) this.#table.set(name, newSubscriptionGroupConfig(name));
    const content = await this.#file.load();
    if (content === undefined) {
      this.#file.markDirty();
    } else {
      this.#version = dataVersionFromJson(content['dataVersion']);
      for (const [name, value] of entriesField(content, 'subscriptionGroupTable')) {
        this.#table.set(name, subscriptionGroupConfigFromJson(value, name));
      }
      for (const [group, topics] of entriesField(content, 'forbiddenTable')) {
        if (!isObject(topics)) continue;
        this.#forbidden.set(
          group,
          new Map(Object.entries(topics).map(([topic, bits]) => [topic, Number(bits)])),
        );
      }
    }
    for (const config of this.#table.values()) this.#push(config);
  }

  get dataVersion(): DataVersion {
    return this.#version;
  }

  get table(): ReadonlyMap<string, SubscriptionGroupConfig> {
    return this.#table;
  }

  get forbiddenTable(): ForbiddenTable {
    return this.#forbidden;
  }

  has(group: string): boolean {
    return this.#table.has(group);
  }

  /** The group, made where automatic creation allows it; undefined when it does not. */
  find(group: string): SubscriptionGroupConfig | undefined {
    const existing = this.#table.get(group);
    if (existing !== undefined) return existing;
    const mayCreate =
      this.#config.autoCreateSubscriptionGroup ||
      (this.#config.enableCreateSysGroup && isSystemGroup(group));
    if (!mayCreate || groupNameFault(group) !== undefined) return undefined;
    const config = newSubscriptionGroupConfig(group);
    this.#log.info('subscription group created on first use', { group });
    this.#put(config);
    this.#file.persistInBackground();
    return config;
  }

  isReadForbidden(group: string, topic: string): boolean {
    return ((this.#forbidden.get(group)?.get(topic) ?? 0) & FORBIDDEN_READ) !== 0;
  }

  /**
   * Stores groups as an admin wants them; `attributes` of each holds changes (`+k`, `-k`).
   * Resolves when durable. Errors: CONFIG_VALUE, CONFIG_FILE; none is stored when one is wrong.
   */
  async update(wanted: readonly SubscriptionGroupConfig[]): Promise<void> {
    const next = wanted.map((config) => ({
      ...config,
      attributes: alterAttributes(
        groupAttributes,
        this.#table.get(config.groupName)?.attributes,
        config.attributes,
      ),
    }));
    if (next.length === 0) return;
    for (const config of next) {
      const existed = this.#table.has(config.groupName);
      this.#log.info(existed ? 'subscription group updated' : 'subscription group created', {
        group: config.groupName,
      });
      this.#put(config);
    }
    await this.#file.persist();
  }

  /** Resolves when durable; false when it was not there. */
  async delete(group: string): Promise<boolean> {
    this.#forbidden.delete(group);
    if (!this.#table.delete(group)) return false;
    this.#store.removeGroup(group);
    this.#bump();
    this.#log.info('subscription group deleted', { group });
    await this.#file.persist();
    return true;
  }

  /** Writes what is not written yet. */
  async flush(): Promise<void> {
    await this.#file.flush();
  }

  #put(config: SubscriptionGroupConfig): void {
    this.#table.set(config.groupName, config);
    this.#push(config);
    this.#bump();
  }

  #push(config: SubscriptionGroupConfig): void {
    this.#store.setGroup({
      group: config.groupName,
      consumeEnable: config.consumeEnable,
      groupSysFlag: config.groupSysFlag,
      hotPull: config.consumeBroadcastEnable && !this.#forbidden.has(config.groupName),
    });
  }

  #bump(): void {
    this.#version = nextDataVersion(this.#version, this.#clock.nowMs());
  }

  #encode(): string {
    return prettyJavaJson({
      dataVersion: dataVersionToJson(this.#version),
      forbiddenTable: this.#forbidden,
      subscriptionGroupTable: new Map(
        [...this.#table].map(([name, config]) => [name, subscriptionGroupConfigToJson(config)]),
      ),
    });
  }
}
