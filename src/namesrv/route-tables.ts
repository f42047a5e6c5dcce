// SPDX-License-Identifier: Apache-2.0
/**
 * The tables of a name server, in memory only; brokers fill them again after a restart.
 * Source: the fields of RouteInfoManager; namesrv §2.
 */
import type { DataVersion } from '../protocol/data-version.ts';
import type { PeerConnection } from '../protocol/processor.ts';
import type { QueueData, TopicQueueMappingInfo } from '../protocol/topic-route.ts';

/** One broker name: a master and its slaves. */
export interface BrokerEntry {
  /** Of the first registrant. */
  readonly cluster: string;
  readonly brokerName: string;
  /** Broker id → address as registered. Never empty between two calls. */
  readonly brokerAddrs: Map<number, string>;
  /** These two flip with whichever member registered last, as by Apache. */
  zoneName: string | undefined;
  enableActingMaster: boolean;
}

/** One broker process that gave a sign of life. */
export interface LiveBroker {
  readonly clusterName: string;
  readonly brokerAddr: string;
  lastUpdateMs: number;
  readonly heartbeatTimeoutMs: number;
  readonly dataVersion: DataVersion;
  /** It registered over this connection; when it closes, the broker is gone. */
  readonly connection: PeerConnection;
  readonly haServerAddr: string;
  /** brokerIP1 was not set by hand, so another address of the same host may be told. */
  readonly addressAuto: boolean;
  /** Where browsers reach it; undefined for brokers that have no such port. */
  readonly webSocketPort: number | undefined;
}

export class RouteTables {
  /** Topic → broker name → queues. */
  readonly topicQueueTable = new Map<string, Map<string, QueueData>>();
  readonly brokerAddrTable = new Map<string, BrokerEntry>();
  /** Cluster → broker names. */
  readonly clusterAddrTable = new Map<string, Set<string>>();
  /** By `liveKey`. */
  readonly brokerLiveTable = new Map<string, LiveBroker>();
  /** By `liveKey`; never holds an empty list. */
  readonly filterServerTable = new Map<string, readonly string[]>();
  /** Topic → broker name → logical queues of a static topic. */
  readonly topicQueueMappingInfoTable = new Map<string, Map<string, TopicQueueMappingInfo>>();

  live(clusterName: string, brokerAddr: string): LiveBroker | undefined {
    return this.brokerLiveTable.get(liveKey(clusterName, brokerAddr));
  }

  /** Removes one broker's queues of a topic, and the topic when nobody serves it any more. */
  removeQueueData(topic: string, brokerName: string): void {
    const queues = this.topicQueueTable.get(topic);
    if (queues?.delete(brokerName) === true && queues.size === 0) {
      this.topicQueueTable.delete(topic);
    }
  }

  putQueueData(topic: string, data: QueueData): void {
    const queues = this.topicQueueTable.get(topic);
    if (queues === undefined) this.topicQueueTable.set(topic, new Map([[data.brokerName, data]]));
    else queues.set(data.brokerName, data);
  }

  /** Removes a broker name and, when it was the last one, its cluster. */
  removeBrokerName(entry: BrokerEntry): void {
    this.brokerAddrTable.delete(entry.brokerName);
    const names = this.clusterAddrTable.get(entry.cluster);
    if (names?.delete(entry.brokerName) === true && names.size === 0) {
      this.clusterAddrTable.delete(entry.cluster);
    }
  }
}

/** Key of a process: the same address may belong to two clusters. */
export function liveKey(clusterName: string, brokerAddr: string): string {
  return `${clusterName}\u0000${brokerAddr}`;
}

/** The smallest broker id; undefined when there is none. */
export function minBrokerId(brokerAddrs: ReadonlyMap<number, string>): number | undefined {
  let min: number | undefined;
  for (const id of brokerAddrs.keys()) if (min === undefined || id < min) min = id;
  return min;
}
