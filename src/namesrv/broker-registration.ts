// SPDX-License-Identifier: Apache-2.0
/**
 * What one registration does to the tables, step by step in Apache's order, because the steps
 * depend on what the earlier ones left. Source: RouteInfoManager.registerBroker; namesrv §4.1.
 */
import type { Log } from '../core/log.ts';
import { equalDataVersions } from '../protocol/data-version.ts';
import { Perm } from '../protocol/perm.ts';
import type { PeerConnection } from '../protocol/processor.ts';
import type { RegisterBrokerBody } from '../protocol/register-broker-body.ts';
import type { TopicConfig } from '../protocol/topic-config.ts';
import { MASTER_ID } from '../protocol/topic-route.ts';
import { DEFAULT_BROKER_EXPIRY_MS, type NamesrvConfig } from './namesrv-config.ts';
import { type BrokerEntry, liveKey, minBrokerId, type RouteTables } from './route-tables.ts';

export interface BrokerRegistration {
  readonly clusterName: string;
  readonly brokerName: string;
  readonly brokerAddr: string;
  readonly brokerId: number;
  readonly haServerAddr: string;
  readonly zoneName: string | undefined;
  /** Undefined: the broker's own expiry is not known. */
  readonly heartbeatTimeoutMs: number | undefined;
  /** Undefined: a broker from before acting masters. */
  readonly enableActingMaster: boolean | undefined;
  readonly addressAuto: boolean;
  readonly webSocketPort: number | undefined;
  readonly body: RegisterBrokerBody;
  readonly connection: PeerConnection;
}

export interface RegistrationContext {
  readonly tables: RouteTables;
  readonly config: NamesrvConfig;
  readonly log: Log;
  readonly nowMs: number;
}

export type RegistrationResult =
  | { readonly kind: 'refused' }
  /** Not recorded, but answered as a success: a broker with a newer state holds the id. */
  | { readonly kind: 'ignored' }
  | {
      readonly kind: 'recorded';
      /** For slaves: their master, when it lives. */
      readonly masterAddr: string | undefined;
      readonly haServerAddr: string | undefined;
      /** The group's smallest id became smaller. */
      readonly minBrokerIdChanged: boolean;
      readonly entry: BrokerEntry;
    };

export function registerBroker(
  registration: BrokerRegistration,
  context: RegistrationContext,
): RegistrationResult {
  const { tables } = context;
  const { clusterName, brokerName, brokerAddr, brokerId, body } = registration;
  const { entry, isNew } = enterBroker(registration, tables);
  const oldMin = minBrokerId(entry.brokerAddrs) ?? MASTER_ID;
  const minBrokerIdChanged = brokerId < oldMin;
  // A slave that became master keeps its address under the new id only.
  for (const [id, address] of entry.brokerAddrs) {
    if (address === brokerAddr && id !== brokerId) entry.brokerAddrs.delete(id);
  }
  const verdict = refusal(registration, entry, context);
  if (verdict !== undefined) {
    if (entry.brokerAddrs.size === 0) tables.removeBrokerName(entry);
    return verdict;
  }
  const registersFirst = isNew || !entry.brokerAddrs.get(brokerId);
  entry.brokerAddrs.set(brokerId, brokerAddr);
  takeTopics(registration, entry, registersFirst, context);
  const key = liveKey(clusterName, brokerAddr);
  tables.brokerLiveTable.set(key, {
    clusterName,
    brokerAddr,
    lastUpdateMs: context.nowMs,
    heartbeatTimeoutMs: registration.heartbeatTimeoutMs ?? DEFAULT_BROKER_EXPIRY_MS,
    dataVersion: body.dataVersion,
    connection: registration.connection,
    haServerAddr: registration.haServerAddr,
    addressAuto: registration.addressAuto,
    webSocketPort: registration.webSocketPort,
  });
  if (body.filterServerList.length === 0) tables.filterServerTable.delete(key);
  else tables.filterServerTable.set(key, body.filterServerList);
  if (isNew) context.log.info('new broker registered', { clusterName, brokerName, brokerAddr });
  return {
    kind: 'recorded',
    ...masterOf(registration, entry, tables),
    minBrokerIdChanged,
    entry,
  };
}

function enterBroker(
  registration: BrokerRegistration,
  tables: RouteTables,
): { entry: BrokerEntry; isNew: boolean } {
  const { clusterName, brokerName } = registration;
  const names = tables.clusterAddrTable.get(clusterName);
  if (names === undefined) tables.clusterAddrTable.set(clusterName, new Set([brokerName]));
  else names.add(brokerName);
  const known = tables.brokerAddrTable.get(brokerName);
  const entry: BrokerEntry = known ?? {
    cluster: clusterName,
    brokerName,
    brokerAddrs: new Map(),
    zoneName: undefined,
    enableActingMaster: false,
  };
  entry.enableActingMaster = registration.enableActingMaster === true;
  entry.zoneName = registration.zoneName;
  tables.brokerAddrTable.set(brokerName, entry);
  return { entry, isNew: known === undefined };
}

function refusal(
  registration: BrokerRegistration,
  entry: BrokerEntry,
  { tables, log }: RegistrationContext,
): RegistrationResult | undefined {
  const { clusterName, brokerName, brokerAddr, brokerId, body } = registration;
  const oldAddr = entry.brokerAddrs.get(brokerId);
  const old =
    oldAddr !== undefined && oldAddr !== brokerAddr ? tables.live(clusterName, oldAddr) : undefined;
  if (old !== undefined && old.dataVersion.stateVersion > body.dataVersion.stateVersion) {
    log.warn('a broker with a newer state holds this id; registration ignored', {
      clusterName,
      brokerName,
      brokerId,
      oldAddr,
      oldStateVersion: old.dataVersion.stateVersion,
      brokerAddr,
      stateVersion: body.dataVersion.stateVersion,
    });
    tables.brokerLiveTable.delete(liveKey(clusterName, brokerAddr));
    return { kind: 'ignored' };
  }
  // One topic alone is an increment; it must not come before the first full registration.
  if (oldAddr === undefined && body.topicConfigTable.size === 1) {
    log.warn('an increment of one topic came before the first full registration', {
      clusterName,
      brokerName,
      brokerId,
      brokerAddr,
      topic: [...body.topicConfigTable.keys()][0],
    });
    return { kind: 'refused' };
  }
  return undefined;
}

/** Only a master, or the first slave of a group that allows acting masters, says what topics are. */
function takeTopics(
  registration: BrokerRegistration,
  entry: BrokerEntry,
  registersFirst: boolean,
  { tables, config }: RegistrationContext,
): void {
  const { clusterName, brokerName, brokerAddr, brokerId, body } = registration;
  const isMaster = brokerId === MASTER_ID;
  const isPrimeSlave =
    registration.enableActingMaster !== undefined &&
    !isMaster &&
    brokerId === minBrokerId(entry.brokerAddrs);
  if (!isMaster && !isPrimeSlave) return;
  if (config.deleteTopicWithBrokerRegistration && body.topicQueueMappingInfoTable.size === 0) {
    for (const topic of [...tables.topicQueueTable.keys()]) {
      if (!body.topicConfigTable.has(topic)) tables.removeQueueData(topic, brokerName);
    }
  }
  const old = tables.live(clusterName, brokerAddr);
  const changed =
    registersFirst || old === undefined || !equalDataVersions(old.dataVersion, body.dataVersion);
  const withoutWrite = isPrimeSlave && entry.enableActingMaster;
  for (const topicConfig of body.topicConfigTable.values()) {
    const queues = tables.topicQueueTable.get(topicConfig.topicName);
    if (!changed && queues?.has(brokerName) === true) continue;
    putTopic(tables, brokerName, topicConfig, withoutWrite);
  }
  if (!changed) return;
  for (const [topic, info] of body.topicQueueMappingInfoTable) {
    const byBroker = tables.topicQueueMappingInfoTable.get(topic);
    if (byBroker === undefined) {
      tables.topicQueueMappingInfoTable.set(topic, new Map([[info.bname, info]]));
    } else {
      byBroker.set(info.bname, info);
    }
  }
}

function putTopic(
  tables: RouteTables,
  brokerName: string,
  topicConfig: TopicConfig,
  withoutWrite: boolean,
): void {
  tables.putQueueData(topicConfig.topicName, {
    brokerName,
    readQueueNums: topicConfig.readQueueNums,
    writeQueueNums: topicConfig.writeQueueNums,
    perm: withoutWrite ? topicConfig.perm & ~Perm.WRITE : topicConfig.perm,
    topicSysFlag: topicConfig.topicSysFlag,
  });
}

function masterOf(
  registration: BrokerRegistration,
  entry: BrokerEntry,
  tables: RouteTables,
): { masterAddr: string | undefined; haServerAddr: string | undefined } {
  const address =
    registration.brokerId === MASTER_ID ? undefined : entry.brokerAddrs.get(MASTER_ID);
  const master = address === undefined ? undefined : tables.live(registration.clusterName, address);
  return { masterAddr: master?.brokerAddr, haServerAddr: master?.haServerAddr };
}
