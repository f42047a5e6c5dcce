// SPDX-License-Identifier: Apache-2.0
/** Answers computed from the route tables for one asking connection. Source: RouteInfoManager. */
import type { ClusterInfo } from '../protocol/cluster-info.ts';
import { SYNC_BROKER_MEMBER_GROUP_PREFIX } from '../protocol/names.ts';
import { isWriteable, TopicSysFlag } from '../protocol/perm.ts';
import type { PeerConnection } from '../protocol/processor.ts';
import {
  type BrokerData,
  MASTER_ID,
  type QueueData,
  type TopicRouteData,
} from '../protocol/topic-route.ts';
import { addressFor } from './broker-view.ts';
import { liveKey, type MutableBrokerData, type RouteInfoManager } from './route-info-manager.ts';

/** The route of a topic, or undefined when no registered broker serves it. */
export function pickupTopicRoute(
  routes: RouteInfoManager,
  topic: string,
  asking: PeerConnection,
): TopicRouteData | undefined {
  const queues = routes.topics.get(topic);
  if (queues === undefined) return undefined;
  const queueDatas = [...queues.values()];
  const brokerDatas: BrokerData[] = [];
  const filterServerTable = new Map<string, readonly string[]>();
  for (const brokerName of queues.keys()) {
    const broker = routes.brokers.get(brokerName);
    if (broker === undefined) continue;
    const view = viewOf(routes, broker, asking);
    brokerDatas.push(actingAsMaster(routes, topic, queues, view));
    for (const [id, address] of broker.brokerAddrs) {
      const servers = routes.filterServers.get(liveKey(broker.cluster, address));
      if (servers !== undefined)
        filterServerTable.set(view.brokerAddrs.get(id) ?? address, servers);
    }
  }
  if (brokerDatas.length === 0) return undefined;
  return {
    orderTopicConf: undefined,
    queueDatas,
    brokerDatas,
    filterServerTable,
    topicQueueMappingByBroker: routes.queueMappings.get(topic),
  };
}

/** A copy of the broker with addresses as `asking` can reach them. */
function viewOf(
  routes: RouteInfoManager,
  broker: MutableBrokerData,
  asking: PeerConnection,
): BrokerData {
  const brokerAddrs = new Map<number, string>();
  for (const [id, address] of [...broker.brokerAddrs].sort(([left], [right]) => left - right)) {
    const reach = routes.liveInfo(broker.cluster, address)?.reach;
    brokerAddrs.set(id, addressFor(asking, address, reach));
  }
  return { ...broker, brokerAddrs };
}

/**
 * A group without a master whose slaves may stand in: the smallest id is shown as the master, so
 * that older clients find one for locks and offsets. Never for the members' own sync topic.
 */
function actingAsMaster(
  routes: RouteInfoManager,
  topic: string,
  queues: ReadonlyMap<string, QueueData>,
  broker: BrokerData,
): BrokerData {
  if (!routes.config.supportActingMaster || !broker.enableActingMaster) return broker;
  if (broker.brokerAddrs.size === 0 || broker.brokerAddrs.has(MASTER_ID)) return broker;
  if (topic.startsWith(SYNC_BROKER_MEMBER_GROUP_PREFIX)) return broker;
  const data = queues.get(broker.brokerName);
  if (data === undefined || isWriteable(data.perm)) return broker;
  const [[smallest, address] = [MASTER_ID, ''], ...rest] = broker.brokerAddrs;
  const others = rest.filter(([id]) => id !== smallest);
  return { ...broker, brokerAddrs: new Map([[MASTER_ID, address], ...others]) };
}

/**
 * Drops brokers of other zones, but never those without a master, with all that names them.
 * Source: ZoneRouteRPCHook.
 */
export function inZone(route: TopicRouteData, zoneName: string): TopicRouteData {
  const wanted = zoneName.toLowerCase();
  const stays = (broker: BrokerData): boolean =>
    !broker.brokerAddrs.has(MASTER_ID) || broker.zoneName?.toLowerCase() === wanted;
  const gone = route.brokerDatas.filter((broker) => !stays(broker));
  const goneNames = new Set(gone.map((broker) => broker.brokerName));
  const goneAddresses = new Set(gone.flatMap((broker) => [...broker.brokerAddrs.values()]));
  return {
    ...route,
    brokerDatas: route.brokerDatas.filter(stays),
    queueDatas: route.queueDatas.filter((data) => !goneNames.has(data.brokerName)),
    filterServerTable: new Map(
      [...route.filterServerTable].filter(([address]) => !goneAddresses.has(address)),
    ),
  };
}

/** Code 106. */
export function clusterInfo(routes: RouteInfoManager, asking: PeerConnection): ClusterInfo {
  return {
    brokerAddrTable: new Map(
      [...routes.brokers].map(([name, broker]) => [name, viewOf(routes, broker, asking)]),
    ),
    clusterAddrTable: new Map(
      [...routes.clusters].map(([cluster, names]) => [cluster, [...names]]),
    ),
  };
}

/** Code 901; an unknown name has no addresses. */
export function brokerMembers(
  routes: RouteInfoManager,
  brokerName: string,
  asking: PeerConnection,
): ReadonlyMap<number, string> {
  const broker = routes.brokers.get(brokerName);
  return broker === undefined ? new Map() : viewOf(routes, broker, asking).brokerAddrs;
}

/** Code 224: topics with queues on any broker of the cluster. */
export function topicsOfCluster(routes: RouteInfoManager, cluster: string): string[] {
  const names = routes.clusters.get(cluster) ?? new Set<string>();
  return topicsWhere(routes, (queues) => [...queues.keys()].some((name) => names.has(name)));
}

/** Codes 311 to 313 look at the flags of a topic's first queue data. */
export function topicsByFlag(
  routes: RouteInfoManager,
  matches: (isUnit: boolean, hasUnitSub: boolean) => boolean,
): string[] {
  return topicsWhere(routes, (queues) => {
    const [first] = queues.values();
    const flag = first?.topicSysFlag ?? 0;
    return matches((flag & TopicSysFlag.UNIT) !== 0, (flag & TopicSysFlag.UNIT_SUB) !== 0);
  });
}

function topicsWhere(
  routes: RouteInfoManager,
  matches: (queues: ReadonlyMap<string, QueueData>) => boolean,
): string[] {
  return [...routes.topics].filter(([, queues]) => matches(queues)).map(([topic]) => topic);
}

/** Code 304: cluster and broker names, and one broker that can be asked for the rest (305). */
export function systemTopics(
  routes: RouteInfoManager,
  asking: PeerConnection,
): { readonly topicList: string[]; readonly brokerAddr: string | undefined } {
  const topicList = new Set<string>();
  for (const [cluster, names] of routes.clusters) {
    topicList.add(cluster);
    for (const name of names) topicList.add(name);
  }
  for (const broker of routes.brokers.values()) {
    const [brokerAddr] = viewOf(routes, broker, asking).brokerAddrs.values();
    if (brokerAddr !== undefined) return { topicList: [...topicList], brokerAddr };
  }
  return { topicList: [...topicList], brokerAddr: undefined };
}
