// SPDX-License-Identifier: Apache-2.0
/** Finds out why a topic has no route, and says it in words with the cure. */
import { ApogeeError } from '../core/errors.ts';
import { decodeClusterInfo } from '../protocol/cluster-info.ts';
import { ResponseCode } from '../protocol/codes.ts';
import { getBrokerClusterInfo } from '../protocol/commands/get-broker-cluster-info.ts';
import { isReadable, isWriteable, permText } from '../protocol/perm.ts';
import { createRequest } from '../protocol/remoting-command.ts';
import { MASTER_ID, type TopicRouteData } from '../protocol/topic-route.ts';
import type { InvokeOptions } from '../protocol/transport.ts';
import type { NameServers } from './name-servers.ts';

export interface UnknownTopic {
  readonly topic: string;
  readonly use: 'publish' | 'subscribe';
  /** The topic whose route would have stood in. */
  readonly template: string;
}

/** NO_ROUTE for a topic that the name server does not know. */
export async function explainUnknownTopic(
  unknown: UnknownTopic,
  nameServers: NameServers,
  options: InvokeOptions,
): Promise<ApogeeError> {
  const { topic, use, template } = unknown;
  const server = nameServers.currentAddress;
  const clusters = await clustersOf(nameServers, options);
  if (clusters === undefined) {
    return noRoute(`name server ${server} has no route of topic ${topic}`, {
      cure: 'create the topic, or start a broker that registers with this name server',
    });
  }
  if (clusters.length === 0) {
    return noRoute(
      `topic ${topic} has no route: no broker is registered at name server ${server}`,
      {
        cure:
          `start a broker with namesrvAddr=${server}; if one runs, its namesrvAddr names another ` +
          'name server, or namesrvAddr of this client does',
      },
    );
  }
  const names = clusters.join(', ');
  if (use === 'subscribe') {
    const create = createHint(topic, server, clusters);
    return noRoute(`topic ${topic} does not exist in ${names} of name server ${server}`, {
      cure: `send a first message to it, create it (${create}), ${wrongCluster}`,
    });
  }
  return noRoute(
    `topic ${topic} does not exist in ${names} of name server ${server}, and no broker there ` +
      `creates topics by itself (none offers ${template})`,
    {
      cure:
        `create it (${createHint(topic, server, clusters)}), or set autoCreateTopicEnable=true ` +
        `at the broker, ${wrongCluster}`,
    },
  );
}

const wrongCluster = 'or, if it exists in another cluster, correct namesrvAddr of this client';

function createHint(topic: string, server: string, clusters: readonly string[]): string {
  const cluster = clusters[0] ?? 'DefaultCluster';
  return `mqadmin updateTopic -n ${server} -c ${cluster} -t ${topic}`;
}

/** NO_ROUTE for a topic that has a route without a usable queue. */
export function explainNoQueues(
  topic: string,
  use: 'publish' | 'subscribe',
  route: TopicRouteData | undefined,
  nameServers: NameServers,
): ApogeeError {
  const datas = route?.queueDatas ?? [];
  const cluster = route?.brokerDatas[0]?.cluster ?? 'DefaultCluster';
  const where = `-n ${nameServers.currentAddress} -c ${cluster}`;
  const permits = use === 'publish' ? isWriteable : isReadable;
  const verb = use === 'publish' ? 'written to' : 'read from';
  const permitted = datas.filter((data) => permits(data.perm));
  if (permitted.length === 0) {
    const perms = datas.map((data) => `${data.brokerName} ${permText(data.perm)}`).join(', ');
    return noRoute(`topic ${topic} cannot be ${verb}: its permissions are ${perms || 'none'}`, {
      cure: `permit it with mqadmin updateTopicPerm ${where} -t ${topic} -p 6`,
    });
  }
  const withoutMaster = (route?.brokerDatas ?? [])
    .filter((broker) => !broker.brokerAddrs.has(MASTER_ID))
    .map((broker) => broker.brokerName);
  if (use === 'publish' && withoutMaster.length > 0) {
    return noRoute(
      `topic ${topic} cannot be written to: ${withoutMaster.join(', ')} have no master`,
      {
        cure: 'start the master of one of these brokers; slaves only serve readers',
      },
    );
  }
  return noRoute(`topic ${topic} has no queue that can be ${verb}`, {
    cure: `give it queues with mqadmin updateTopic ${where} -t ${topic}`,
  });
}

/** Names of clusters with a registered broker; undefined when the name server does not say. */
async function clustersOf(
  nameServers: NameServers,
  options: InvokeOptions,
): Promise<string[] | undefined> {
  try {
    const response = await nameServers.invoke(
      () => createRequest(getBrokerClusterInfo.code),
      options,
    );
    if (response.code !== ResponseCode.SUCCESS) return undefined;
    const { brokerAddrTable } = decodeClusterInfo(response.body);
    return [...new Set([...brokerAddrTable.values()].map((broker) => broker.cluster))].sort();
  } catch {
    return undefined;
  }
}

function noRoute(message: string, details: { readonly cure: string }): ApogeeError {
  return new ApogeeError('NO_ROUTE', message, {
    ...details,
    responseCode: ResponseCode.TOPIC_NOT_EXIST,
  });
}
