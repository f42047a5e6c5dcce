// SPDX-License-Identifier: Apache-2.0
/**
 * Builds the route of a topic: who serves it, with the rules for acting masters and zones.
 * Source: RouteInfoManager.pickupTopicRouteData, ZoneRouteRPCHook; namesrv §4.4.
 */
import { SYNC_BROKER_MEMBER_GROUP_PREFIX } from '../protocol/names.ts';
import { isWriteable } from '../protocol/perm.ts';
import type { PeerConnection } from '../protocol/processor.ts';
import {
  type BrokerData,
  MASTER_ID,
  type QueueData,
  type TopicRouteData,
} from '../protocol/topic-route.ts';
import { reachableAddresses } from './reachable-address.ts';
import { liveKey, minBrokerId, type RouteTables } from './route-tables.ts';

export interface RouteQuery {
  readonly topic: string;
  readonly asker: PeerConnection;
  readonly supportActingMaster: boolean;
  /** Set: keep brokers of this zone, in any case, and those without a master. */
  readonly zoneName: string | undefined;
}

/** Undefined when no known broker serves the topic. */
export function queryTopicRoute(
  tables: RouteTables,
  query: RouteQuery,
): TopicRouteData | undefined {
  const queues = tables.topicQueueTable.get(query.topic);
  if (queues === undefined) return undefined;
  const known = registeredRoute(tables, query.topic, queues);
  if (known.brokerDatas.length === 0) return undefined;
  const acting = mayHaveActingMaster(query)
    ? known.brokerDatas.map((data) => withActingMaster(data, queues.get(data.brokerName)))
    : known.brokerDatas;
  const whole = { ...known, brokerDatas: acting };
  const route = query.zoneName === undefined ? whole : inZone(whole, query.zoneName);
  return {
    ...route,
    brokerDatas: route.brokerDatas.map((data) => ({
      ...data,
      brokerAddrs: reachableAddresses(tables, data, data.brokerAddrs, query.asker),
    })),
  };
}

/** Addresses as registered. */
function registeredRoute(
  tables: RouteTables,
  topic: string,
  queues: ReadonlyMap<string, QueueData>,
): TopicRouteData {
  const brokerDatas: BrokerData[] = [];
  const filterServerTable = new Map<string, readonly string[]>();
  for (const brokerName of queues.keys()) {
    const entry = tables.brokerAddrTable.get(brokerName);
    if (entry === undefined) continue;
    brokerDatas.push(entry);
    for (const address of entry.brokerAddrs.values()) {
      const servers = tables.filterServerTable.get(liveKey(entry.cluster, address));
      if (servers !== undefined) filterServerTable.set(address, servers);
    }
  }
  return {
    orderTopicConf: undefined,
    queueDatas: [...queues.values()],
    brokerDatas,
    filterServerTable,
    topicQueueMappingByBroker: tables.topicQueueMappingInfoTable.get(topic),
  };
}

/** Brokers ask for the members of their group by such a topic and need the true ids. */
function mayHaveActingMaster(query: RouteQuery): boolean {
  return query.supportActingMaster && !query.topic.startsWith(SYNC_BROKER_MEMBER_GROUP_PREFIX);
}

/** Clients lock queues and ask for offsets at id 0; the smallest slave answers such questions. */
function withActingMaster(data: BrokerData, queues: QueueData | undefined): BrokerData {
  const min = minBrokerId(data.brokerAddrs);
  if (
    !data.enableActingMaster ||
    min === undefined ||
    data.brokerAddrs.has(MASTER_ID) ||
    queues === undefined ||
    isWriteable(queues.perm)
  ) {
    return data;
  }
  const brokerAddrs = new Map(
    [...data.brokerAddrs].map(([id, address]) => [id === min ? MASTER_ID : id, address]),
  );
  return { ...data, brokerAddrs };
}

function inZone(route: TopicRouteData, zoneName: string): TopicRouteData {
  const wanted = zoneName.toLowerCase();
  const removed = route.brokerDatas.filter(
    (data) => data.brokerAddrs.has(MASTER_ID) && data.zoneName?.toLowerCase() !== wanted,
  );
  const removedNames = new Set(removed.map((data) => data.brokerName));
  const removedAddresses = new Set(removed.flatMap((data) => [...data.brokerAddrs.values()]));
  return {
    ...route,
    brokerDatas: route.brokerDatas.filter((data) => !removedNames.has(data.brokerName)),
    queueDatas: route.queueDatas.filter((data) => !removedNames.has(data.brokerName)),
    filterServerTable: new Map(
      [...route.filterServerTable].filter(([address]) => !removedAddresses.has(address)),
    ),
  };
}
