// SPDX-License-Identifier: Apache-2.0
/**
 * The steps of one REGISTER_BROKER in Apache's order. The comments carry the step numbers of
 * namesrv §4.1. Source: RouteInfoManager.registerBroker.
 */
import { equalDataVersions } from '../protocol/data-version.ts';
import { Perm } from '../protocol/perm.ts';
import type { PeerConnection } from '../protocol/processor.ts';
import type { RegisterBrokerBody } from '../protocol/register-broker-body.ts';
import type { TopicConfig } from '../protocol/topic-config.ts';
import { MASTER_ID } from '../protocol/topic-route.ts';
import type { BrokerReach } from './broker-view.ts';
import {
  DEFAULT_BROKER_EXPIRY_MS,
  liveKey,
  type MinBrokerIdChange,
  type MutableBrokerData,
  type RouteInfoManager,
} from './route-info-manager.ts';

export interface Registration {
  readonly clusterName: string;
  readonly brokerName: string;
  readonly brokerAddr: string;
  readonly brokerId: number;
  readonly haServerAddr: string;
  readonly heartbeatTimeoutMillis: number | undefined;
  /** Undefined: the field was absent, an older broker. */
  readonly enableActingMaster: boolean | undefined;
  readonly zoneName: string | undefined;
  readonly body: RegisterBrokerBody;
  readonly connection: PeerConnection;
  readonly reach: BrokerReach | undefined;
}

export interface RegistrationResult {
  /** False: answered as `register broker failed`. */
  readonly accepted: boolean;
  readonly masterAddr?: string;
  readonly haServerAddr?: string;
  readonly minBrokerIdChange?: MinBrokerIdChange;
}

export function registerBroker(routes: RouteInfoManager, entry: Registration): RegistrationResult {
  const { clusterName, brokerName, brokerAddr, brokerId, body } = entry;
  // 1, 2, 3: cluster and broker tables.
  const names = routes.clusters.get(clusterName) ?? new Set<string>();
  routes.clusters.set(clusterName, names.add(brokerName));
  const known = routes.brokers.get(brokerName);
  const broker = known ?? newBroker(entry);
  routes.brokers.set(brokerName, broker);
  broker.enableActingMaster = entry.enableActingMaster ?? false;
  broker.zoneName = entry.zoneName;
  // 4, 5: minimum id; a broker that changed its id leaves the old one.
  const addrs = broker.brokerAddrs;
  const previousMinimum = addrs.size === 0 ? 0 : Math.min(...addrs.keys());
  for (const [id, address] of addrs) {
    if (address === brokerAddr && id !== brokerId) addrs.delete(id);
  }
  // 6: an older incarnation of the same id is dropped without an error.
  if (isStale(routes, entry, addrs.get(brokerId))) {
    routes.live.delete(liveKey(clusterName, brokerAddr));
    return { accepted: true };
  }
  // 7: one topic alone cannot be a first registration; it is an increment that came too early.
  if (!addrs.has(brokerId) && body.topicConfigTable.size === 1) {
    routes.log.warn('a broker may not register its first time with a single topic', { brokerName });
    return { accepted: false };
  }
  // 8, 9, 10: address and topics.
  const registerFirst = known === undefined || !addrs.has(brokerId);
  addrs.set(brokerId, brokerAddr);
  const isPrimeSlave =
    entry.enableActingMaster !== undefined &&
    brokerId !== MASTER_ID &&
    brokerId === Math.min(...addrs.keys());
  if (brokerId === MASTER_ID || isPrimeSlave) {
    takeTopics(routes, entry, { registerFirst, isPrimeSlave });
  }
  // 11, 12: live entry and filter servers.
  takeLiveEntry(routes, entry, registerFirst);
  const changed = previousMinimum > brokerId;
  return {
    accepted: true,
    ...(brokerId === MASTER_ID ? {} : masterOf(routes, broker, clusterName)),
    ...(changed && routes.config.notifyMinBrokerIdChanged
      ? {
          minBrokerIdChange: {
            broker,
            offlineBrokerAddr: undefined,
            haBrokerAddr: entry.haServerAddr,
          },
        }
      : {}),
  };
}

function newBroker(entry: Registration): MutableBrokerData {
  return {
    cluster: entry.clusterName,
    brokerName: entry.brokerName,
    brokerAddrs: new Map(),
    zoneName: undefined,
    enableActingMaster: false,
  };
}

function isStale(
  routes: RouteInfoManager,
  entry: Registration,
  registeredAddr: string | undefined,
): boolean {
  if (registeredAddr === undefined || registeredAddr === entry.brokerAddr) return false;
  const holder = routes.liveInfo(entry.clusterName, registeredAddr);
  if (holder === undefined) return false;
  const stale = holder.dataVersion.stateVersion > entry.body.dataVersion.stateVersion;
  if (stale) {
    routes.log.warn('an older incarnation of a broker id tried to register', {
      brokerName: entry.brokerName,
      brokerAddr: entry.brokerAddr,
      holder: registeredAddr,
    });
  }
  return stale;
}

function takeTopics(
  routes: RouteInfoManager,
  entry: Registration,
  flags: { readonly registerFirst: boolean; readonly isPrimeSlave: boolean },
): void {
  const { brokerName, body } = entry;
  const mappings = body.topicQueueMappingInfoTable;
  if (routes.config.deleteTopicWithBrokerRegistration && mappings.size === 0) {
    for (const [topic, queues] of routes.topics) {
      if (body.topicConfigTable.has(topic)) continue;
      queues.delete(brokerName);
      if (queues.size === 0) routes.topics.delete(topic);
    }
  }
  const versionChanged = routes.isDataVersionChanged(
    entry.clusterName,
    entry.brokerAddr,
    body.dataVersion,
  );
  const everything = flags.registerFirst || versionChanged;
  for (const config of body.topicConfigTable.values()) {
    if (everything || routes.topics.get(config.topicName)?.has(brokerName) !== true) {
      const writeMask = flags.isPrimeSlave && entry.enableActingMaster ? ~Perm.WRITE : ~0;
      putQueueData(routes, brokerName, { ...config, perm: config.perm & writeMask });
    }
  }
  if (!everything) return;
  for (const [topic, info] of mappings) {
    const byBroker = routes.queueMappings.get(topic) ?? new Map();
    routes.queueMappings.set(topic, byBroker.set(info.bname, info));
  }
}

function putQueueData(routes: RouteInfoManager, brokerName: string, config: TopicConfig): void {
  const { topicName, readQueueNums, writeQueueNums, perm, topicSysFlag } = config;
  const queues = routes.topics.get(topicName) ?? new Map();
  queues.set(brokerName, { brokerName, readQueueNums, writeQueueNums, perm, topicSysFlag });
  routes.topics.set(topicName, queues);
}

function takeLiveEntry(
  routes: RouteInfoManager,
  entry: Registration,
  registerFirst: boolean,
): void {
  const key = liveKey(entry.clusterName, entry.brokerAddr);
  const previous = routes.live.get(key);
  const { dataVersion } = entry.body;
  routes.live.set(key, {
    clusterName: entry.clusterName,
    brokerAddr: entry.brokerAddr,
    lastUpdateMs: routes.clock.nowMs(),
    heartbeatTimeoutMillis: entry.heartbeatTimeoutMillis ?? DEFAULT_BROKER_EXPIRY_MS,
    dataVersion,
    connection: entry.connection,
    haServerAddr: entry.haServerAddr,
    reach: entry.reach,
  });
  if (entry.body.filterServerList.length === 0) routes.filterServers.delete(key);
  else routes.filterServers.set(key, entry.body.filterServerList);
  if (registerFirst || previous === undefined) {
    routes.log.info('the broker registered', {
      brokerName: entry.brokerName,
      brokerId: entry.brokerId,
      brokerAddr: entry.brokerAddr,
      topics: entry.body.topicConfigTable.size,
    });
  } else if (!equalDataVersions(previous.dataVersion, dataVersion)) {
    routes.log.debug('the broker registered changed topics', { brokerName: entry.brokerName });
  }
}

/** 13: a slave learns its master and where that replicates from. */
function masterOf(
  routes: RouteInfoManager,
  broker: MutableBrokerData,
  clusterName: string,
): { masterAddr?: string; haServerAddr?: string } {
  const masterAddr = broker.brokerAddrs.get(MASTER_ID);
  if (masterAddr === undefined) return {};
  const master = routes.liveInfo(clusterName, masterAddr);
  return master === undefined ? {} : { masterAddr, haServerAddr: master.haServerAddr };
}
