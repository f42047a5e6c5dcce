// SPDX-License-Identifier: Apache-2.0
/** What each queue of a topic holds (202). Source: AdminBrokerProcessor; admin §3.2. */
import { ResponseCode } from '../../protocol/codes.ts';
import { getTopicStatsInfo } from '../../protocol/commands/get-topic-stats-info.ts';
import type { MessageQueue } from '../../protocol/message-queue.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import { encodeTopicStats, type TopicOffset } from '../../protocol/queue-statistics.ts';
import type { BrokerServices } from '../broker-services.ts';
import { refuse, succeed } from './answers.ts';

export function getTopicStatsInfoProcessor(services: BrokerServices): RequestProcessor {
  const { config, topics, store, stats } = services;
  return ({ request }) => {
    const { topic } = getTopicStatsInfo.request.decode(request.extFields);
    const found = topics.get(topic);
    if (found === undefined) {
      return refuse(request, ResponseCode.TOPIC_NOT_EXIST, `topic[${topic}] not exist`);
    }
    const { brokerName } = config;
    const queues = Math.max(found.readQueueNums, found.writeQueueNums);
    let total = 0;
    const offsetTable: [MessageQueue, TopicOffset][] = [];
    for (let queueId = 0; queueId < queues; queueId += 1) {
      const maxOffset = Math.max(0, store.maxOffset(topic, queueId));
      const minOffset = Math.max(0, store.minOffset(topic, queueId));
      const lastUpdateTimestamp =
        maxOffset > 0 ? store.storeTimestamp(topic, queueId, maxOffset - 1) : 0;
      total += maxOffset;
      offsetTable.push([
        { topic, brokerName, queueId },
        { minOffset, maxOffset, lastUpdateTimestamp },
      ]);
    }
    const topicPutTps = stats.rateSinceLastAsked(`topic ${topic}`, total);
    return succeed(request, { body: encodeTopicStats({ offsetTable, topicPutTps }) });
  };
}
