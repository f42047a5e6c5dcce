// SPDX-License-Identifier: Apache-2.0
/** Commits an offset (15) that native code did not. Source: ConsumerManageProcessor. */
import { ResponseCode } from '../../protocol/codes.ts';
import { updateConsumerOffset } from '../../protocol/commands/update-consumer-offset.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import type { BrokerServices } from '../broker-services.ts';
import { refuse, succeed } from './answers.ts';

export function updateConsumerOffsetProcessor(services: BrokerServices): RequestProcessor {
  const { groups, topics, offsets } = services;
  return ({ request }) => {
    const header = updateConsumerOffset.request.decode(request.extFields);
    const { consumerGroup, topic, queueId, commitOffset } = header;
    if (!groups.has(consumerGroup)) {
      const remark = `Group ${consumerGroup} not exist!`;
      return refuse(request, ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, remark);
    }
    if (topics.get(topic) === undefined) {
      return refuse(request, ResponseCode.TOPIC_NOT_EXIST, `Topic ${topic} not exist!`);
    }
    if (queueId < 0 || commitOffset < 0) {
      const remark = `offset ${commitOffset} of queue ${queueId} cannot be: both start at 0`;
      return refuse(request, ResponseCode.INVALID_PARAMETER, remark);
    }
    offsets.commit(consumerGroup, topic, queueId, commitOffset);
    return succeed(request);
  };
}
