// SPDX-License-Identifier: Apache-2.0
/** How far a group is in each queue (208). Source: AdminBrokerProcessor; admin §3.4. */
import { getConsumeStats } from '../../protocol/commands/get-consume-stats.ts';
import type { MessageQueue } from '../../protocol/message-queue.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import { type ConsumeOffset, encodeConsumeStats } from '../../protocol/queue-statistics.ts';
import type { BrokerServices } from '../broker-services.ts';
import { succeed } from './answers.ts';

export function getConsumeStatsProcessor(services: BrokerServices): RequestProcessor {
  const { topics, stats } = services;
  return ({ request }) => {
    const header = getConsumeStats.request.decode(request.extFields);
    const group = header.consumerGroup;
    const offsetTable: [MessageQueue, ConsumeOffset][] = [];
    let consumeTps = 0;
    for (const topic of topicsToLookAt(services, group, header.topic, header.topicList)) {
      const config = topics.get(topic);
      if (config === undefined) continue;
      let consumed = 0;
      for (let queueId = 0; queueId < config.readQueueNums; queueId += 1) {
        const entry = consumeOffset(services, group, topic, queueId);
        consumed += entry.consumerOffset;
        offsetTable.push([{ topic, brokerName: services.config.brokerName, queueId }, entry]);
      }
      consumeTps += stats.rateSinceLastAsked(`group ${group} ${topic}`, consumed);
    }
    return succeed(request, { body: encodeConsumeStats({ offsetTable, consumeTps }) });
  };
}

function consumeOffset(
  { store, offsets }: BrokerServices,
  group: string,
  topic: string,
  queueId: number,
): ConsumeOffset {
  const consumerOffset = Math.max(0, offsets.query(group, topic, queueId));
  const lastTimestamp =
    consumerOffset > 0 ? store.storeTimestamp(topic, queueId, consumerOffset - 1) : 0;
  return {
    brokerOffset: Math.max(0, store.maxOffset(topic, queueId)),
    consumerOffset,
    pullOffset: consumerOffset,
    lastTimestamp: Math.max(0, lastTimestamp),
  };
}

/** The list given; else the topic given or all with offsets, without those not subscribed now. */
function topicsToLookAt(
  { offsets, consumers }: BrokerServices,
  group: string,
  topic: string | undefined,
  topicList: string | undefined,
): string[] {
  const listed = (topicList ?? '').split(';').filter((name) => name.trim() !== '');
  if (listed.length > 0) return listed;
  const candidates = topic?.trim() ? [topic] : offsets.topicsOf(group);
  const subscriptions = consumers.get(group)?.subscriptions;
  if (subscriptions === undefined || subscriptions.size === 0) return candidates;
  return candidates.filter((name) => subscriptions.has(name));
}
