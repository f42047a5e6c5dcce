// SPDX-License-Identifier: Apache-2.0
/**
 * From a route answer to the queues a client writes to and reads from.
 * Source: MQClientInstance.topicRouteData2TopicPublishInfo, …SubscribeInfo; spec remoting §4.3.
 */
import { compareMessageQueues, type MessageQueue } from '../protocol/message-queue.ts';
import { isReadable, isWriteable } from '../protocol/perm.ts';
import { MASTER_ID, type TopicRouteData } from '../protocol/topic-route.ts';

/** Queues that a topic created by a first send gets at most. */
export const DEFAULT_TOPIC_QUEUE_NUMS = 4;

/** More queues than this in one answer are ignored: no topic has them, a broken peer might. */
export const MAX_QUEUES_PER_BROKER = 65_536;

/** Queues to write to: write bit and a master; in the order configured, else sorted. */
export function publishQueues(topic: string, route: TopicRouteData): MessageQueue[] {
  if (route.orderTopicConf !== undefined && route.orderTopicConf !== '') {
    return orderedQueues(topic, route.orderTopicConf);
  }
  const withMaster = new Set(
    route.brokerDatas
      .filter((broker) => broker.brokerAddrs.has(MASTER_ID))
      .map((broker) => broker.brokerName),
  );
  return route.queueDatas
    .filter((data) => isWriteable(data.perm) && withMaster.has(data.brokerName))
    .flatMap((data) => queuesOf(topic, data.brokerName, data.writeQueueNums))
    .sort(compareMessageQueues);
}

/** Queues to read from: read bit, sorted. */
export function subscribeQueues(topic: string, route: TopicRouteData): MessageQueue[] {
  return route.queueDatas
    .filter((data) => isReadable(data.perm))
    .flatMap((data) => queuesOf(topic, data.brokerName, data.readQueueNums))
    .sort(compareMessageQueues);
}

/** The route that a topic will have once a first send creates it from the template topic. */
export function clipToDefaultQueues(route: TopicRouteData, queueNums: number): TopicRouteData {
  return {
    ...route,
    queueDatas: route.queueDatas.map((data) => {
      const count = Math.min(queueNums, data.readQueueNums);
      return { ...data, readQueueNums: count, writeQueueNums: count };
    }),
  };
}

/** `broker-a:4;broker-b:4`. */
function orderedQueues(topic: string, orderTopicConf: string): MessageQueue[] {
  return orderTopicConf.split(';').flatMap((item) => {
    const colon = item.lastIndexOf(':');
    const count = Number(item.slice(colon + 1));
    if (colon <= 0 || !Number.isSafeInteger(count)) return [];
    return queuesOf(topic, item.slice(0, colon), count);
  });
}

function queuesOf(topic: string, brokerName: string, count: number): MessageQueue[] {
  const length = Math.max(0, Math.min(count, MAX_QUEUES_PER_BROKER));
  return Array.from({ length }, (_, queueId) => ({ topic, brokerName, queueId }));
}
