// SPDX-License-Identifier: Apache-2.0
/**
 * Keeps this broker and its topics registered with every name server: all topics at start, after a
 * lost connection and every period; between those only what changed. A name server that cannot be
 * reached is one warning, and one line when it is back. Thread: I/O thread.
 * Source: BrokerController.registerBrokerAll; namesrv §4.2.
 */
import type { Clock, Timer } from '../core/clock.ts';
import { errorText } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { PERM_READ_WRITE } from '../protocol/perm.ts';
import type { RegisterBrokerBody } from '../protocol/register-broker-body.ts';
import type { TopicConfig } from '../protocol/topic-config.ts';
import type { BrokerOuterApi, BrokerRegistration } from './broker-outer-api.ts';
import type { TopicConfigManager } from './topics/topic-config-manager.ts';

const MIN_PERIOD_MS = 10_000;
const MAX_PERIOD_MS = 60_000;
/** A name server that did not take the last registration is tried again so often, ms. */
export const RETRY_PERIOD_MS = 3000;

export interface RegistrationParts {
  readonly api: BrokerOuterApi;
  readonly nameServers: readonly string[];
  readonly broker: () => BrokerRegistration;
  readonly topics: TopicConfigManager;
  readonly brokerPermission: number;
  readonly periodMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

export class Registration {
  readonly #parts: RegistrationParts;
  readonly #links: readonly NameServerLink[];
  readonly #timers: Timer[] = [];

  constructor(parts: RegistrationParts) {
    this.#parts = parts;
    this.#links = parts.nameServers.map((address) => new NameServerLink(address, parts));
  }

  /** Resolves after the first attempt at every name server, whatever its outcome. */
  async start(): Promise<void> {
    const { api, clock, periodMs } = this.#parts;
    const period = Math.min(MAX_PERIOD_MS, Math.max(MIN_PERIOD_MS, periodMs));
    this.#timers.push(
      clock.every(period, () => this.#registerAll(), { unref: true }),
      clock.every(RETRY_PERIOD_MS, () => this.#retry(), { unref: true }),
    );
    api.onDisconnect((nameServer) => {
      for (const link of this.#links) if (link.address === nameServer) link.lost();
    });
    this.#registerAll();
    await this.settled();
  }

  /** Undefined: topics were removed, so only the whole table says it. */
  topicsChanged(changed: readonly TopicConfig[] | undefined): void {
    for (const link of this.#links) link.request(changed);
  }

  /** Resolves when no registration is under way. Never rejects. */
  async settled(): Promise<void> {
    await Promise.all(this.#links.map((link) => link.running));
  }

  /** Leaves every name server that is reachable. Never rejects. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) timer.cancel();
    await Promise.all(this.#links.map((link) => link.leave()));
  }

  #registerAll(): void {
    for (const link of this.#links) link.request(undefined);
  }

  #retry(): void {
    for (const link of this.#links) if (link.isUp === false) link.request(undefined);
  }
}

/** One name server: one registration at a time, later wishes merged into the next. */
class NameServerLink {
  readonly address: string;
  readonly #parts: RegistrationParts;
  readonly #changed = new Map<string, TopicConfig>();
  #wantsAll = false;
  #hasAll = false;
  readonly #leaving = new AbortController();
  /** Undefined before the first attempt ended. */
  isUp: boolean | undefined;
  running: Promise<void> | undefined;

  constructor(address: string, parts: RegistrationParts) {
    this.address = address;
    this.#parts = parts;
  }

  request(changed: readonly TopicConfig[] | undefined): void {
    if (changed === undefined || !this.#hasAll) this.#wantsAll = true;
    else for (const config of changed) this.#changed.set(config.topicName, config);
    this.running ??= this.#run().finally(() => {
      this.running = undefined;
    });
  }

  /** A name server forgets a broker whose connection closes. */
  lost(): void {
    this.#hasAll = false;
    if (this.isUp === true) this.#setUp(false, 'the connection was lost');
  }

  async leave(): Promise<void> {
    // A name server that does not answer must not hold up the end of the broker.
    this.#leaving.abort();
    await this.running;
    if (this.isUp !== true) return;
    try {
      await this.#parts.api.unregister(this.address, this.#parts.broker());
      this.#parts.log.info('unregistered from name server', { nameServer: this.address });
    } catch (error) {
      const fields = { nameServer: this.address, reason: errorText(error) };
      this.#parts.log.warn('not unregistered from name server', fields);
    }
  }

  async #run(): Promise<void> {
    const { signal } = this.#leaving;
    const { api, broker, topics } = this.#parts;
    while (!signal.aborted && (this.#wantsAll || this.#changed.size > 0)) {
      const isAll = this.#wantsAll;
      const body = this.#takeBody(isAll);
      try {
        const orderTopics = await api.register(this.address, broker(), body, signal);
        this.#hasAll ||= isAll;
        this.#setUp(true, '');
        topics.markOrdered(orderTopics.keys());
      } catch (error) {
        this.#hasAll = false;
        if (signal.aborted) return;
        // A name server that restarted refuses a single topic: it needs them all first.
        if (!isAll) {
          this.#wantsAll = true;
          continue;
        }
        this.#setUp(false, errorText(error));
        return;
      }
    }
  }

  #takeBody(isAll: boolean): RegisterBrokerBody {
    const { topics, brokerPermission } = this.#parts;
    const table = isAll ? topics.table : new Map(this.#changed);
    this.#wantsAll = false;
    this.#changed.clear();
    const isRestricted = (brokerPermission & PERM_READ_WRITE) !== PERM_READ_WRITE;
    const topicConfigTable = isRestricted
      ? new Map([...table].map(([name, config]) => [name, restricted(config, brokerPermission)]))
      : table;
    return {
      dataVersion: topics.dataVersion,
      topicConfigTable,
      topicQueueMappingInfoTable: new Map(),
      filterServerList: [],
    };
  }

  #setUp(isUp: boolean, reason: string): void {
    if (this.isUp === isUp) return;
    this.isUp = isUp;
    const { log, broker } = this.#parts;
    const { brokerName, brokerAddr } = broker();
    if (isUp) {
      log.info('registered with name server', {
        nameServer: this.address,
        brokerName,
        brokerAddr,
        topics: this.#parts.topics.table.size,
      });
    } else {
      log.warn(
        `not registered with name server ${this.address}: clients that ask it cannot find this ` +
          `broker. It is tried again every ${RETRY_PERIOD_MS / 1000} s`,
        { nameServer: this.address, brokerName, reason },
      );
    }
  }
}

function restricted(config: TopicConfig, brokerPermission: number): TopicConfig {
  return { ...config, perm: config.perm & brokerPermission };
}
