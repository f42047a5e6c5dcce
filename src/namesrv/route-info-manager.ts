// SPDX-License-Identifier: Apache-2.0
/**
 * Who serves what: registrations and signs of life go in, routes and lists come out.
 * Thread: one; every method runs to its end before the next request is taken up.
 * Source: RouteInfoManager; namesrv §2, §4.
 */
import type { Clock } from '../core/clock.ts';
import type { Log } from '../core/log.ts';
import type { ClusterInfo } from '../protocol/cluster-info.ts';
import { type DataVersion, equalDataVersions } from '../protocol/data-version.ts';
import { PERM_READ_WRITE, Perm } from '../protocol/perm.ts';
import type { PeerConnection } from '../protocol/processor.ts';
import type { QueueData, TopicRouteData } from '../protocol/topic-route.ts';
import {
  type BrokerRegistration,
  type RegistrationResult,
  registerBroker,
} from './broker-registration.ts';
import { removeBrokers, type Unregistration } from './broker-removal.ts';
import type { MinBrokerIdNotifier } from './min-broker-id-notifier.ts';
import type { NamesrvConfig } from './namesrv-config.ts';
import { reachableAddresses } from './reachable-address.ts';
import { type LiveBroker, RouteTables } from './route-tables.ts';
import { queryTopicRoute } from './topic-route-query.ts';
import { UnregistrationQueue } from './unregistration-queue.ts';

export interface RouteInfoParts {
  readonly config: NamesrvConfig;
  readonly clock: Clock;
  readonly log: Log;
  /** Absent: members of a group are never told of a new smallest id. */
  readonly notifier?: MinBrokerIdNotifier | undefined;
}

export class RouteInfoManager {
  readonly tables = new RouteTables();
  readonly #parts: RouteInfoParts;
  readonly #unregistrations: UnregistrationQueue;

  constructor(parts: RouteInfoParts) {
    this.#parts = parts;
    this.#unregistrations = new UnregistrationQueue({
      clock: parts.clock,
      capacity: () => parts.config.unRegisterBrokerQueueCapacity,
      process: (batch) => this.#removeBatch(batch),
    });
  }

  registerBroker(registration: BrokerRegistration): RegistrationResult {
    const { config, log, clock, notifier } = this.#parts;
    const context = { tables: this.tables, config, log, nowMs: clock.nowMs() };
    const result = registerBroker(registration, context);
    if (
      result.kind === 'recorded' &&
      result.minBrokerIdChanged &&
      config.notifyMinBrokerIdChanged
    ) {
      notifier?.notify({
        entry: result.entry,
        offlineBrokerAddr: undefined,
        haBrokerAddr: registration.haServerAddr,
      });
    }
    return result;
  }

  /** Takes effect soon. False: too many are waiting. */
  submitUnregistration(request: Unregistration): boolean {
    return this.#unregistrations.submit(request);
  }

  /** A broker whose registration connection closes is gone at once. */
  onPeerClose(connection: PeerConnection): void {
    for (const live of this.tables.brokerLiveTable.values()) {
      if (live.connection === connection) this.#removeLost(live, 'its connection closed');
    }
  }

  /** Closes and removes brokers that gave no sign of life for their expiry. */
  scanNotActiveBrokers(): void {
    const nowMs = this.#parts.clock.nowMs();
    for (const live of this.tables.brokerLiveTable.values()) {
      if (live.lastUpdateMs + live.heartbeatTimeoutMs >= nowMs) continue;
      live.connection.close(`no sign of life for ${live.heartbeatTimeoutMs} ms`);
      this.#removeLost(live, `no sign of life for ${live.heartbeatTimeoutMs} ms`);
    }
  }

  #removeLost(live: LiveBroker, reason: string): void {
    const { clusterName, brokerAddr, connection } = live;
    for (const brokerName of this.tables.clusterAddrTable.get(clusterName) ?? []) {
      const entry = this.tables.brokerAddrTable.get(brokerName);
      for (const [brokerId, address] of entry?.brokerAddrs ?? []) {
        if (address !== brokerAddr) continue;
        const request = { clusterName, brokerName, brokerAddr, brokerId };
        this.#parts.log.warn('broker lost', { ...request, reason });
        if (!this.submitUnregistration({ ...request, lostConnection: connection })) {
          // The scan finds it again, because its live entry stays.
          this.#parts.log.error('the unregistration queue is full', request);
        }
        return;
      }
    }
    this.tables.brokerLiveTable.delete(`${clusterName}\u0000${brokerAddr}`);
  }

  #removeBatch(batch: readonly Unregistration[]): void {
    const losses = removeBrokers(this.tables, batch);
    if (!this.#parts.config.notifyMinBrokerIdChanged) return;
    for (const { entry, offlineBrokerAddr } of losses) {
      if (!entry.enableActingMaster) continue;
      this.#parts.notifier?.notify({ entry, offlineBrokerAddr, haBrokerAddr: undefined });
    }
  }

  /** A heartbeat; nothing happens for a broker that has not registered. */
  touch(clusterName: string, brokerAddr: string): void {
    const live = this.tables.live(clusterName, brokerAddr);
    if (live !== undefined) live.lastUpdateMs = this.#parts.clock.nowMs();
  }

  /** The version a broker last registered. */
  dataVersionOf(clusterName: string, brokerAddr: string): DataVersion | undefined {
    return this.tables.live(clusterName, brokerAddr)?.dataVersion;
  }

  isChanged(clusterName: string, brokerAddr: string, version: DataVersion): boolean {
    const known = this.dataVersionOf(clusterName, brokerAddr);
    return known === undefined || !equalDataVersions(known, version);
  }

  topicRoute(
    topic: string,
    asker: PeerConnection,
    zoneName: string | undefined,
  ): TopicRouteData | undefined {
    const { supportActingMaster } = this.#parts.config;
    return queryTopicRoute(this.tables, { topic, asker, supportActingMaster, zoneName });
  }

  clusterInfo(asker: PeerConnection): ClusterInfo {
    return {
      brokerAddrTable: new Map(
        [...this.tables.brokerAddrTable].map(([name, entry]) => [
          name,
          {
            ...entry,
            brokerAddrs: reachableAddresses(this.tables, entry, entry.brokerAddrs, asker),
          },
        ]),
      ),
      clusterAddrTable: new Map(
        [...this.tables.clusterAddrTable].map(([cluster, names]) => [cluster, [...names]]),
      ),
    };
  }

  /** Addresses of all replicas; empty for a name nobody registered. */
  memberAddresses(brokerName: string, asker: PeerConnection): Map<number, string> {
    const entry = this.tables.brokerAddrTable.get(brokerName);
    if (entry === undefined) return new Map();
    return reachableAddresses(this.tables, entry, entry.brokerAddrs, asker);
  }

  /** The address of some broker. */
  anyBrokerAddress(asker: PeerConnection): string | undefined {
    for (const brokerName of this.tables.brokerAddrTable.keys()) {
      const address = this.memberAddresses(brokerName, asker).values().next().value;
      if (address !== undefined) return address;
    }
    return undefined;
  }

  /** Topics touched. Lasts until the broker registers a change. */
  wipeWritePerm(brokerName: string): number {
    return this.#changePerm(brokerName, (perm) => perm & ~Perm.WRITE);
  }

  /** Topics touched. Sets read and write alone, as Apache does: an inherit bit is lost. */
  addWritePerm(brokerName: string): number {
    return this.#changePerm(brokerName, () => PERM_READ_WRITE);
  }

  #changePerm(brokerName: string, change: (perm: number) => number): number {
    let touched = 0;
    for (const queues of this.tables.topicQueueTable.values()) {
      const data = queues.get(brokerName);
      if (data === undefined) continue;
      queues.set(brokerName, { ...data, perm: change(data.perm) });
      touched += 1;
    }
    return touched;
  }

  /** Forgets a topic, on the brokers of one cluster when it is given. */
  deleteTopic(topic: string, clusterName: string | undefined): void {
    if (!clusterName) {
      this.tables.topicQueueTable.delete(topic);
      return;
    }
    for (const brokerName of this.tables.clusterAddrTable.get(clusterName) ?? []) {
      this.tables.removeQueueData(topic, brokerName);
    }
  }

  /**
   * Adds a topic's queues. Stops at the first broker that never registered; the ones before it
   * stay for a topic that was known, and none is taken for a new one.
   */
  registerTopic(topic: string, queueDatas: readonly QueueData[]): void {
    const known = this.tables.topicQueueTable.has(topic);
    const unknownAt = queueDatas.findIndex(
      (data) => !this.tables.brokerAddrTable.has(data.brokerName),
    );
    if (unknownAt >= 0) {
      const brokerName = queueDatas[unknownAt]?.brokerName;
      this.#parts.log.warn('a topic names a broker that never registered', { topic, brokerName });
      if (!known) return;
    }
    const accepted = unknownAt < 0 ? queueDatas : queueDatas.slice(0, unknownAt);
    for (const data of accepted) this.tables.putQueueData(topic, data);
  }

  close(): void {
    this.#unregistrations.close();
  }
}
