// SPDX-License-Identifier: Apache-2.0
/**
 * Creates or changes topics (17, 18); answered when durable and told to name servers.
 * Source: AdminBrokerProcessor; admin §3.2, §3.8.
 */
import { ApogeeError } from '../../core/errors.ts';
import { ResponseCode } from '../../protocol/codes.ts';
import { updateAndCreateTopic } from '../../protocol/commands/update-and-create-topic.ts';
import { decodeTopicConfigList } from '../../protocol/commands/update-and-create-topic-list.ts';
import { topicNameFault } from '../../protocol/names.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import type { RemotingCommand } from '../../protocol/remoting-command.ts';
import { type TopicConfig, topicFilterTypes } from '../../protocol/topic-config.ts';
import type { BrokerServices } from '../broker-services.ts';
import { parseAttributeChanges } from '../topics/attributes.ts';
import { refuse, succeed } from './answers.ts';

/** Queues of a topic on one broker; each costs a table entry on every client. */
export const MAX_QUEUE_NUMS = 65_535;

const MAX_PERM = 15;

export function updateAndCreateTopicProcessor(services: BrokerServices): RequestProcessor {
  return async ({ request }) => {
    const header = updateAndCreateTopic.request.decode(request.extFields);
    const filterType = topicFilterTypes.find((type) => type === header.topicFilterType);
    if (filterType === undefined) {
      const remark = `topicFilterType is ${header.topicFilterType}, not SINGLE_TAG or MULTI_TAG`;
      return refuse(request, ResponseCode.INVALID_PARAMETER, remark);
    }
    return await asAnswer(request, async () => {
      const config: TopicConfig = {
        topicName: header.topic,
        readQueueNums: header.readQueueNums,
        writeQueueNums: header.writeQueueNums,
        perm: header.perm,
        topicFilterType: filterType,
        topicSysFlag: header.topicSysFlag ?? 0,
        order: header.order ?? false,
        attributes: parseAttributeChanges(header.attributes),
      };
      return await updateTopics(services, request, [config]);
    });
  };
}

export function updateAndCreateTopicListProcessor(services: BrokerServices): RequestProcessor {
  return async ({ request }) =>
    await asAnswer(request, () =>
      updateTopics(services, request, decodeTopicConfigList(request.body)),
    );
}

async function updateTopics(
  services: BrokerServices,
  request: RemotingCommand,
  configs: readonly TopicConfig[],
): Promise<RemotingCommand> {
  for (const config of configs) {
    const fault = topicFault(services, config);
    if (fault !== undefined) return refuse(request, ResponseCode.INVALID_PARAMETER, fault);
  }
  await services.topics.update(configs);
  await services.registered();
  return succeed(request);
}

function topicFault({ config, systemTopics }: BrokerServices, topic: TopicConfig) {
  const { topicName, readQueueNums, writeQueueNums, perm, attributes } = topic;
  const nameFault = topicNameFault(topicName);
  if (nameFault !== undefined) return nameFault;
  if (config.validateSystemTopicWhenUpdateTopic && systemTopics.has(topicName)) {
    return `The topic[${topicName}] is conflict with system topic.`;
  }
  for (const [key, value] of Object.entries({ readQueueNums, writeQueueNums })) {
    if (value < 0 || value > MAX_QUEUE_NUMS) {
      return `${key} of topic[${topicName}] is ${value}, allowed are 0 to ${MAX_QUEUE_NUMS}`;
    }
  }
  if (perm < 0 || perm > MAX_PERM) {
    return `perm of topic[${topicName}] is ${perm}. Use 2 (write), 4 (read) or 6 (both)`;
  }
  const isMixed = attributes.get('+message.type') === 'MIXED';
  return isMixed && !config.enableMixedMessageType
    ? 'MIXED message type is not supported.'
    : undefined;
}

/** A change that the tables refuse is SYSTEM_ERROR with their sentence alone, as by Apache. */
export async function asAnswer(
  request: RemotingCommand,
  change: () => Promise<RemotingCommand>,
): Promise<RemotingCommand> {
  try {
    return await change();
  } catch (error) {
    if (!(error instanceof ApogeeError)) throw error;
    const remark = error.cure === undefined ? error.message : `${error.message}. ${error.cure}`;
    return refuse(request, ResponseCode.SYSTEM_ERROR, remark);
  }
}
