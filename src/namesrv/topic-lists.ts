// SPDX-License-Identifier: Apache-2.0
/** Lists of topics by what the first broker registered of them. Source: namesrv §4.11. */
import { TopicSysFlag } from '../protocol/perm.ts';
import type { RouteTables } from './route-tables.ts';

export function allTopics(tables: RouteTables): string[] {
  return [...tables.topicQueueTable.keys()];
}

/** Topics with queues on any broker of the cluster; none for a cluster nobody registered. */
export function topicsOfCluster(tables: RouteTables, cluster: string): string[] {
  const names = [...(tables.clusterAddrTable.get(cluster) ?? [])];
  return [...tables.topicQueueTable]
    .filter(([, queues]) => names.some((name) => queues.has(name)))
    .map(([topic]) => topic);
}

/** Names of clusters and of brokers: each broker has a topic of either name. */
export function clusterAndBrokerNames(tables: RouteTables): string[] {
  const names = new Set<string>();
  for (const [cluster, brokerNames] of tables.clusterAddrTable) {
    names.add(cluster);
    for (const brokerName of brokerNames) names.add(brokerName);
  }
  return [...names];
}

export interface UnitFlags {
  readonly unit?: boolean;
  readonly unitSub?: boolean;
}

/** Topics whose first queues have the flags as asked; a flag left out does not count. */
export function topicsWithFlags(tables: RouteTables, flags: UnitFlags): string[] {
  const topics: string[] = [];
  for (const [topic, queues] of tables.topicQueueTable) {
    const sysFlag = queues.values().next().value?.topicSysFlag ?? 0;
    const unit = (sysFlag & TopicSysFlag.UNIT) !== 0;
    const unitSub = (sysFlag & TopicSysFlag.UNIT_SUB) !== 0;
    if (
      (flags.unit === undefined || flags.unit === unit) &&
      (flags.unitSub === undefined || flags.unitSub === unitSub)
    ) {
      topics.push(topic);
    }
  }
  return topics;
}
