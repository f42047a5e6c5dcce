// SPDX-License-Identifier: Apache-2.0
/**
 * Deletes a topic (215) with its queues, its offsets and what POP consumers retried of it, so
 * that nothing of it comes back. Source: AdminBrokerProcessor.deleteTopic; admin §3.2.
 */
import { ResponseCode } from '../../protocol/codes.ts';
import { deleteTopicInBroker } from '../../protocol/commands/delete-topic-in-broker.ts';
import { retryTopicOf } from '../../protocol/names.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import type { BrokerServices } from '../broker-services.ts';
import { refuse, succeed } from './answers.ts';
import { asAnswer } from './update-and-create-topic.ts';

export function deleteTopicInBrokerProcessor(services: BrokerServices): RequestProcessor {
  const { config, systemTopics, topics, offsets } = services;
  return async ({ request }) => {
    const { topic } = deleteTopicInBroker.request.decode(request.extFields);
    if (topic.trim() === '') {
      const remark = 'The specified topic is blank.';
      return refuse(request, ResponseCode.INVALID_PARAMETER, remark);
    }
    if (config.validateSystemTopicWhenUpdateTopic && systemTopics.has(topic)) {
      const remark = `The topic[${topic}] is conflict with system topic.`;
      return refuse(request, ResponseCode.INVALID_PARAMETER, remark);
    }
    return await asAnswer(request, async () => {
      for (const name of [topic, ...popRetryTopics(topic, offsets.groupsOf(topic))]) {
        offsets.removeTopic(name);
        await topics.delete(name);
      }
      await offsets.flush();
      return succeed(request);
    });
  };
}

/** Both name forms that Apache's POP consumers used. */
function popRetryTopics(topic: string, groups: readonly string[]): string[] {
  return groups.flatMap((group) => [
    `${retryTopicOf(group)}_${topic}`,
    `${retryTopicOf(group)}+${topic}`,
  ]);
}
