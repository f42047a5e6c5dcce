// SPDX-License-Identifier: Apache-2.0
/**
 * What a batch of unregistrations does to the tables. A batch, because one pass over all topics
 * serves any number of brokers. Source: RouteInfoManager.unRegisterBroker; namesrv §4.3.
 */
import { Perm } from '../protocol/perm.ts';
import type { PeerConnection } from '../protocol/processor.ts';
import { MASTER_ID } from '../protocol/topic-route.ts';
import { type BrokerEntry, liveKey, minBrokerId, type RouteTables } from './route-tables.ts';

export interface Unregistration {
  readonly clusterName: string;
  readonly brokerName: string;
  readonly brokerAddr: string;
  readonly brokerId: number;
  /**
   * Set when a lost connection is the reason: a broker that has registered again over another
   * connection in the meantime stays.
   */
  readonly lostConnection?: PeerConnection;
}

/** A group that lives on but lost its smallest id. */
export interface MinBrokerIdLoss {
  readonly entry: BrokerEntry;
  readonly offlineBrokerAddr: string;
}

export function removeBrokers(
  tables: RouteTables,
  requests: readonly Unregistration[],
): MinBrokerIdLoss[] {
  const removed = new Set<string>();
  const reduced = new Set<string>();
  const losses = new Map<string, MinBrokerIdLoss>();
  for (const request of requests) {
    const { clusterName, brokerName, brokerAddr, brokerId } = request;
    const key = liveKey(clusterName, brokerAddr);
    const live = tables.brokerLiveTable.get(key);
    const lost = request.lostConnection;
    if (lost !== undefined && live !== undefined && live.connection !== lost) continue;
    tables.brokerLiveTable.delete(key);
    tables.filterServerTable.delete(key);
    const entry = tables.brokerAddrTable.get(brokerName);
    if (entry === undefined) continue;
    const losesMin = brokerId === minBrokerId(entry.brokerAddrs);
    for (const [id, address] of entry.brokerAddrs) {
      if (address === brokerAddr) entry.brokerAddrs.delete(id);
    }
    if (entry.brokerAddrs.size === 0) {
      tables.removeBrokerName(entry);
      removed.add(brokerName);
      reduced.delete(brokerName);
      losses.delete(brokerName);
    } else {
      reduced.add(brokerName);
      if (losesMin) losses.set(brokerName, { entry, offlineBrokerAddr: brokerAddr });
    }
  }
  cleanTopics(tables, removed, reduced);
  return [...losses.values()];
}

function cleanTopics(
  tables: RouteTables,
  removed: ReadonlySet<string>,
  reduced: ReadonlySet<string>,
): void {
  const withoutMaster = [...reduced].filter((brokerName) => {
    const entry = tables.brokerAddrTable.get(brokerName);
    return entry?.enableActingMaster === true && !entry.brokerAddrs.has(MASTER_ID);
  });
  if (removed.size === 0 && withoutMaster.length === 0) return;
  for (const [topic, queues] of [...tables.topicQueueTable]) {
    for (const brokerName of removed) tables.removeQueueData(topic, brokerName);
    for (const brokerName of withoutMaster) {
      const data = queues.get(brokerName);
      if (data !== undefined) queues.set(brokerName, { ...data, perm: data.perm & ~Perm.WRITE });
    }
  }
}
