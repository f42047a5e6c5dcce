// SPDX-License-Identifier: Apache-2.0
/**
 * The route tables and every change to them. Source: RouteInfoManager; namesrv §2, §4.
 * Order of brokers and topics is the order of their first registration.
 */
import type { Clock } from '../core/clock.ts';
import type { Log } from '../core/log.ts';
import type { DataVersion } from '../protocol/data-version.ts';
import { equalDataVersions } from '../protocol/data-version.ts';
import { Perm } from '../protocol/perm.ts';
import type { PeerConnection } from '../protocol/processor.ts';
import type { BrokerData, QueueData, TopicQueueMappingInfo } from '../protocol/topic-route.ts';
import { MASTER_ID } from '../protocol/topic-route.ts';
import type { BrokerReach } from './broker-view.ts';
import type { NamesrvConfig } from './namesrv-config.ts';

/** Silence after which a broker is dead unless it registered a limit of its own. */
export const DEFAULT_BROKER_EXPIRY_MS = 120_000;

export interface MutableBrokerData {
  readonly cluster: string;
  readonly brokerName: string;
  readonly brokerAddrs: Map<number, string>;
  zoneName: string | undefined;
  enableActingMaster: boolean;
}

export interface BrokerLiveInfo {
  readonly clusterName: string;
  readonly brokerAddr: string;
  lastUpdateMs: number;
  readonly heartbeatTimeoutMillis: number;
  dataVersion: DataVersion;
  readonly connection: PeerConnection;
  readonly haServerAddr: string;
  readonly reach: BrokerReach | undefined;
}

export interface UnregisterRequest {
  readonly clusterName: string;
  readonly brokerAddr: string;
  readonly brokerName: string;
  readonly brokerId: number;
}

/** A group whose smallest broker id changed; members are told by code 905. */
export interface MinBrokerIdChange {
  readonly broker: BrokerData;
  readonly offlineBrokerAddr: string | undefined;
  readonly haBrokerAddr: string | undefined;
}

export class RouteInfoManager {
  readonly topics: Map<string, Map<string, QueueData>> = new Map();
  readonly brokers: Map<string, MutableBrokerData> = new Map();
  readonly clusters: Map<string, Set<string>> = new Map();
  readonly live: Map<string, BrokerLiveInfo> = new Map();
  readonly filterServers: Map<string, readonly string[]> = new Map();
  readonly queueMappings: Map<string, Map<string, TopicQueueMappingInfo>> = new Map();
  readonly config: NamesrvConfig;
  readonly clock: Clock;
  readonly log: Log;

  constructor(parts: { config: NamesrvConfig; clock: Clock; log: Log }) {
    this.config = parts.config;
    this.clock = parts.clock;
    this.log = parts.log;
  }

  /** Refreshes a live broker; unknown addresses are ignored, as Apache does. */
  touch(clusterName: string, brokerAddr: string): void {
    const info = this.live.get(liveKey(clusterName, brokerAddr));
    if (info !== undefined) info.lastUpdateMs = this.clock.nowMs();
  }

  liveInfo(clusterName: string, brokerAddr: string): BrokerLiveInfo | undefined {
    return this.live.get(liveKey(clusterName, brokerAddr));
  }

  isDataVersionChanged(clusterName: string, brokerAddr: string, version: DataVersion): boolean {
    const info = this.liveInfo(clusterName, brokerAddr);
    return info === undefined || !equalDataVersions(info.dataVersion, version);
  }

  /** Closes the connections of brokers silent for too long. Result: what to unregister. */
  expired(): UnregisterRequest[] {
    const nowMs = this.clock.nowMs();
    const requests: UnregisterRequest[] = [];
    for (const info of this.live.values()) {
      if (info.lastUpdateMs + info.heartbeatTimeoutMillis >= nowMs) continue;
      const silentMs = nowMs - info.lastUpdateMs;
      this.log.warn('the broker is silent and leaves the routes', {
        brokerAddr: info.brokerAddr,
        silentMs,
      });
      info.connection.close(`no registration or heartbeat for ${silentMs} ms`);
      requests.push(this.#requestFor(info));
    }
    return requests;
  }

  /** The brokers that registered over a connection, for its close. */
  registeredOver(connection: PeerConnection): UnregisterRequest[] {
    const requests: UnregisterRequest[] = [];
    for (const info of this.live.values()) {
      if (info.connection === connection) requests.push(this.#requestFor(info));
    }
    return requests;
  }

  #requestFor(info: BrokerLiveInfo): UnregisterRequest {
    for (const broker of this.brokers.values()) {
      if (broker.cluster !== info.clusterName) continue;
      for (const [brokerId, address] of broker.brokerAddrs) {
        if (address === info.brokerAddr) {
          return { ...info, brokerName: broker.brokerName, brokerId };
        }
      }
    }
    return { ...info, brokerName: '', brokerId: -1 };
  }

  /** One batch of code 104 or of dead brokers. Result: groups to tell about their new minimum. */
  unregister(requests: readonly UnregisterRequest[]): MinBrokerIdChange[] {
    const removed = new Set<string>();
    const reduced = new Set<string>();
    const changes: MinBrokerIdChange[] = [];
    for (const request of requests) {
      const key = liveKey(request.clusterName, request.brokerAddr);
      this.live.delete(key);
      this.filterServers.delete(key);
      const broker = this.brokers.get(request.brokerName);
      if (broker === undefined) continue;
      const wasMinimum = request.brokerId === Math.min(...broker.brokerAddrs.keys());
      for (const [id, address] of broker.brokerAddrs) {
        if (address === request.brokerAddr) broker.brokerAddrs.delete(id);
      }
      if (broker.brokerAddrs.size === 0) {
        this.#removeBroker(request.brokerName, broker.cluster);
        removed.add(request.brokerName);
      } else {
        reduced.add(request.brokerName);
        if (wasMinimum && broker.enableActingMaster) {
          const offlineBrokerAddr = request.brokerAddr;
          changes.push({ broker, offlineBrokerAddr, haBrokerAddr: undefined });
        }
      }
      this.log.info('the broker left the routes', {
        brokerName: request.brokerName,
        brokerAddr: request.brokerAddr,
      });
    }
    this.#cleanTopics(removed, reduced);
    return changes;
  }

  #removeBroker(brokerName: string, cluster: string): void {
    this.brokers.delete(brokerName);
    const names = this.clusters.get(cluster);
    names?.delete(brokerName);
    if (names?.size === 0) this.clusters.delete(cluster);
  }

  #cleanTopics(removed: ReadonlySet<string>, reduced: ReadonlySet<string>): void {
    for (const [topic, queues] of this.topics) {
      for (const brokerName of removed) queues.delete(brokerName);
      if (queues.size === 0) this.topics.delete(topic);
      for (const brokerName of reduced) {
        const broker = this.brokers.get(brokerName);
        const data = queues.get(brokerName);
        if (!broker?.enableActingMaster || data === undefined) continue;
        if (broker.brokerAddrs.has(MASTER_ID)) continue;
        queues.set(brokerName, { ...data, perm: data.perm & ~Perm.WRITE });
      }
    }
  }

  /** Codes 205 and 327. Result: topics touched. */
  setWritePermission(brokerName: string, writeable: boolean): number {
    let touched = 0;
    for (const queues of this.topics.values()) {
      const data = queues.get(brokerName);
      if (data === undefined) continue;
      // Adding sets exactly read + write and so drops INHERIT: Apache's behaviour, kept.
      const perm = writeable ? Perm.READ | Perm.WRITE : data.perm & ~Perm.WRITE;
      queues.set(brokerName, { ...data, perm });
      touched += 1;
    }
    return touched;
  }

  /** Code 216. Without a cluster the topic goes everywhere. */
  deleteTopic(topic: string, clusterName: string | undefined): void {
    if (clusterName === undefined || clusterName === '') {
      this.topics.delete(topic);
      return;
    }
    const queues = this.topics.get(topic);
    if (queues === undefined) return;
    for (const brokerName of this.clusters.get(clusterName) ?? []) queues.delete(brokerName);
    if (queues.size === 0) this.topics.delete(topic);
  }

  /** Code 217: stops at the first broker that is not registered. */
  registerTopic(topic: string, queueDatas: readonly QueueData[]): void {
    const known = this.topics.get(topic);
    const queues = known ?? new Map<string, QueueData>();
    for (const data of queueDatas) {
      if (!this.brokers.has(data.brokerName)) {
        if (known === undefined) return;
        break;
      }
      queues.set(data.brokerName, data);
    }
    if (queues.size > 0) this.topics.set(topic, queues);
  }
}

/** Key of the live table: two clusters may use one address. */
export function liveKey(clusterName: string, brokerAddr: string): string {
  return `${clusterName}\n${brokerAddr}`;
}
