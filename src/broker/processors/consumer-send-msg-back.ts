// SPDX-License-Identifier: Apache-2.0
/**
 * A consumer gives a message back (36): it is stored again in the group's retry topic at once, or,
 * retried too often, in its dead-letter topic.
 * Source: AbstractSendMessageProcessor.consumerSendMsgBack; remoting §2.3.2.
 */
import { ResponseCode } from '../../protocol/codes.ts';
import { consumerSendMsgBack } from '../../protocol/commands/consumer-send-msg-back.ts';
import { formatOffsetMessageId } from '../../protocol/message-id.ts';
import {
  formatStoredProperties,
  MessageProperty,
  parseProperties,
} from '../../protocol/message-properties.ts';
import { decodeMessageRecord, type MessageRecord } from '../../protocol/message-record.ts';
import { dlqTopicOf, FAQ_SUFFIX, retryTopicOf } from '../../protocol/names.ts';
import { isWriteable, TopicSysFlag } from '../../protocol/perm.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import { PutMessageStatus, type PutResult } from '../../store/message-store.ts';
import type { BrokerServices } from '../broker-services.ts';
import { refuse, succeed } from './answers.ts';
import { brokerForbidden } from './send-checks.ts';
import { createGroupCure, DLQ_QUEUE_NUMS, MAX_RECONSUME_TIMES_SINCE } from './send-message.ts';

/** First delay level of a retried message; recorded, though this version retries at once. */
const FIRST_RETRY_DELAY_LEVEL = 3;

const statusNames = Object.fromEntries(
  Object.entries(PutMessageStatus).map(([name, status]) => [status, name]),
);

export function consumerSendMsgBackProcessor(services: BrokerServices): RequestProcessor {
  const { config, groups, topics, store, random } = services;
  return async ({ request }) => {
    const header = consumerSendMsgBack.request.decode(request.extFields);
    const group = groups.find(header.group);
    if (group === undefined) {
      const cure = createGroupCure(header.group);
      const remark = `subscription group not exist, ${header.group} ${cure}${FAQ_SUFFIX}`;
      return refuse(request, ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, remark);
    }
    if (!isWriteable(config.brokerPermission)) {
      return refuse(request, ResponseCode.NO_PERMISSION, brokerForbidden(services));
    }
    if (group.retryQueueNums <= 0) return succeed(request);
    const retryTopic = topics.createRetryOrDlq(retryTopicOf(header.group), group.retryQueueNums, {
      topicSysFlag: header.unitMode === true ? TopicSysFlag.UNIT_SUB : 0,
    });
    if (!isWriteable(retryTopic.perm)) {
      const remark = `the topic[${retryTopic.topicName}] sending message is forbidden`;
      return refuse(request, ResponseCode.NO_PERMISSION, remark);
    }
    const stored = store.lookMessage(header.offset);
    if (stored === undefined) {
      const remark =
        `look message by offset failed, ${header.offset}. The message was deleted, or it is ` +
        'stored on another broker: send it back to the broker that delivered it';
      return refuse(request, ResponseCode.SYSTEM_ERROR, remark);
    }
    const message = decodeMessageRecord(stored);
    const asked =
      request.version >= MAX_RECONSUME_TIMES_SINCE ? header.maxReconsumeTimes : undefined;
    const isDeadLetter =
      message.reconsumeTimes >= (asked ?? group.retryMaxTimes) || header.delayLevel < 0;
    const delayLevel = header.delayLevel || FIRST_RETRY_DELAY_LEVEL + message.reconsumeTimes;
    const target = isDeadLetter
      ? topics.createRetryOrDlq(dlqTopicOf(header.group), DLQ_QUEUE_NUMS)
      : retryTopic;
    await topics.durable();
    const result = await putBack(services, message, {
      topic: target.topicName,
      queueId: isDeadLetter ? 0 : random.nextInt(group.retryQueueNums),
      delayLevel: isDeadLetter ? 0 : delayLevel,
    });
    if (result.status !== PutMessageStatus.PUT_OK) {
      return refuse(request, ResponseCode.SYSTEM_ERROR, statusNames[result.status] ?? 'not stored');
    }
    if (isDeadLetter) {
      services.log.info('message dead-lettered', {
        topic: target.topicName,
        originTopic: header.originTopic,
        offsetMsgId: result.offsetMsgId,
        reconsumeTimes: message.reconsumeTimes,
      });
    }
    return succeed(request);
  };
}

interface BackTarget {
  readonly topic: string;
  readonly queueId: number;
  readonly delayLevel: number;
}

/** Same body, flags and born data; one more consumption, and where the message first came from. */
function putBack(
  { store, clock }: BrokerServices,
  message: MessageRecord,
  { topic, queueId, delayLevel }: BackTarget,
): Promise<PutResult> {
  const properties = parseProperties(message.properties);
  if (!properties.has(MessageProperty.RETRY_TOPIC)) {
    properties.set(MessageProperty.RETRY_TOPIC, message.topic);
  }
  properties.set(MessageProperty.WAIT, 'false');
  properties.set(MessageProperty.DELAY, String(delayLevel));
  if (!properties.get(MessageProperty.ORIGIN_MESSAGE_ID)?.trim()) {
    const storeId = formatOffsetMessageId(message.storeHost, message.physicalOffset);
    properties.set(MessageProperty.ORIGIN_MESSAGE_ID, storeId);
  }
  return store.put(
    {
      topic,
      queueId,
      body: message.body,
      properties: new TextEncoder().encode(formatStoredProperties(properties)),
      flag: message.flag,
      sysFlag: message.sysFlag,
      bornTimestampMs: message.bornTimestamp,
      bornHost: message.bornHost.host,
      bornPort: message.bornHost.port,
      reconsumeTimes: message.reconsumeTimes + 1,
      preparedTransactionOffset: 0,
    },
    clock.nowMs(),
  );
}
