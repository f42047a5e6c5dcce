// SPDX-License-Identifier: Apache-2.0
/**
 * What a send request must fulfil before its message is looked at, in Apache's order; missing
 * topics are created on the way where the rules allow it.
 * Source: AbstractSendMessageProcessor.msgCheck; remoting §2.3.1 steps 1 to 6.
 */
import { ResponseCode } from '../../protocol/codes.ts';
import type { SendMessageHeader } from '../../protocol/commands/send-message.ts';
import { FAQ_SUFFIX, isRetryTopic, SystemTopic, topicNameFault } from '../../protocol/names.ts';
import { isWriteable, TopicSysFlag } from '../../protocol/perm.ts';
import type { RequestContext } from '../../protocol/processor.ts';
import type { TopicConfig } from '../../protocol/topic-config.ts';
import type { BrokerServices } from '../broker-services.ts';
import { remoteAddress } from '../client/client-channel-info.ts';
import { isSendRefused } from '../topics/system-topics.ts';

export interface SendFault {
  readonly code: number;
  readonly remark: string;
}

/** The topic to send to, or why not. */
export function checkSend(
  services: BrokerServices,
  context: RequestContext,
  header: SendMessageHeader,
): TopicConfig | SendFault {
  const { config, topics } = services;
  const { topic, queueId } = header;
  if (context.nowMs < config.startAcceptSendRequestTimeStamp) {
    const start = new Date(config.startAcceptSendRequestTimeStamp).toISOString();
    const remark =
      `broker unable to service, until ${start}. ` +
      'The broker setting startAcceptSendRequestTimeStamp says so';
    return { code: ResponseCode.SYSTEM_ERROR, remark };
  }
  if (!isWriteable(config.brokerPermission) && topics.isOrderTopic(topic)) {
    return { code: ResponseCode.NO_PERMISSION, remark: brokerForbidden(services) };
  }
  const nameFault = topicNameFault(topic);
  if (nameFault !== undefined) return { code: ResponseCode.INVALID_PARAMETER, remark: nameFault };
  if (isSendRefused(topic)) {
    const remark = `Sending message to topic[${topic}] is forbidden. It is the broker's own topic`;
    return { code: ResponseCode.NO_PERMISSION, remark };
  }
  const found = topics.get(topic) ?? createTopic(services, context, header);
  if (found === undefined) {
    return { code: ResponseCode.TOPIC_NOT_EXIST, remark: unknownTopic(services, header) };
  }
  if (queueId >= Math.max(found.writeQueueNums, found.readQueueNums)) {
    const remark =
      `request queueId[${queueId}] is illegal, topic[${topic}] has ${found.writeQueueNums} write ` +
      `and ${found.readQueueNums} read queues. Producer: ${remoteAddress(context.connection)}`;
    return { code: ResponseCode.INVALID_PARAMETER, remark };
  }
  return found;
}

export function brokerForbidden({ brokerAddress, config }: BrokerServices): string {
  return (
    `the broker[${brokerAddress().host}] sending message is forbidden: ` +
    `brokerPermission is ${config.brokerPermission}, which lacks write`
  );
}

function createTopic(
  services: BrokerServices,
  context: RequestContext,
  header: SendMessageHeader,
): TopicConfig | undefined {
  const { topic } = header;
  const isRetry = isRetryTopic(topic);
  let topicSysFlag = 0;
  if (header.unitMode === true) topicSysFlag = isRetry ? TopicSysFlag.UNIT_SUB : TopicSysFlag.UNIT;
  const created = services.topics.createForSend({
    topic,
    defaultTopic: header.defaultTopic,
    defaultTopicQueueNums: header.defaultTopicQueueNums,
    topicSysFlag,
    remote: remoteAddress(context.connection),
  });
  if (created !== undefined || !isRetry) return created;
  return services.topics.createRetryOrDlq(topic, 1, { topicSysFlag });
}

/** Apache's sentence, then the cause on this broker and what to do. */
function unknownTopic({ config, topics }: BrokerServices, header: SendMessageHeader): string {
  const { topic, defaultTopic } = header;
  const isDefault = defaultTopic === SystemTopic.AUTO_CREATE_TOPIC_KEY_TOPIC;
  let cause = `its template topic[${defaultTopic}] is not on broker ${config.brokerName}`;
  if (isDefault && !config.autoCreateTopicEnable) {
    cause = `autoCreateTopicEnable is false on broker ${config.brokerName}`;
  } else if (topics.get(defaultTopic) !== undefined) {
    cause = `its template topic[${defaultTopic}] lacks the permission to inherit`;
  }
  return (
    `topic[${topic}] not exist, apply first please! It was not created because ${cause}. ` +
    `Create it, for example: mqadmin updateTopic -c ${config.brokerClusterName} -t ${topic}` +
    FAQ_SUFFIX
  );
}
