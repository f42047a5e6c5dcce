// SPDX-License-Identifier: Apache-2.0
/**
 * What a pull must fulfil, in Apache's order, and the filter that results.
 * Source: PullMessageProcessor; remoting §2.4.
 */
import { RequestCode, ResponseCode } from '../../protocol/codes.ts';
import { ForbiddenType, type PullMessageHeader } from '../../protocol/commands/pull-message.ts';
import { FAQ_SUFFIX } from '../../protocol/names.ts';
import { isReadable } from '../../protocol/perm.ts';
import type { RequestContext } from '../../protocol/processor.ts';
import {
  isTagType,
  newSubscriptionData,
  type SubscriptionData,
} from '../../protocol/subscription.ts';
import type { SubscriptionGroupConfig } from '../../protocol/subscription-group-config.ts';
import { PullSysFlag } from '../../protocol/sys-flag.ts';
import type { TopicConfig } from '../../protocol/topic-config.ts';
import type { BrokerServices } from '../broker-services.ts';
import { remoteAddress } from '../client/client-channel-info.ts';
import { tagCodes } from '../client/consumer-manager.ts';
import { createGroupCure } from './send-message.ts';

export interface PullFault {
  readonly code: number;
  readonly remark: string;
  /** With NO_PERMISSION: who forbids. */
  readonly forbiddenType?: number;
}

export interface AllowedPull {
  readonly topic: TopicConfig;
  readonly group: SubscriptionGroupConfig;
  /** Tag codes to filter by, empty = every message. */
  readonly codes: Int32Array;
}

export function checkPull(
  services: BrokerServices,
  context: RequestContext,
  header: PullMessageHeader,
): AllowedPull | PullFault {
  const { config, groups, topics, brokerAddress } = services;
  const broker = `the broker[${brokerAddress().host}]`;
  if (!isReadable(config.brokerPermission)) {
    const cause = `brokerPermission is ${config.brokerPermission}, which lacks read`;
    return forbidden(ForbiddenType.BROKER, `${broker} pulling message is forbidden: ${cause}`);
  }
  if (context.request.code === RequestCode.LITE_PULL_MESSAGE && !config.litePullMessageEnable) {
    const cause = 'litePullMessageEnable is false';
    return forbidden(
      ForbiddenType.BROKER,
      `${broker} for lite pull consumer is forbidden: ${cause}`,
    );
  }
  const group = groups.find(header.consumerGroup);
  if (group === undefined) {
    const name = header.consumerGroup;
    const cure = createGroupCure(name) + FAQ_SUFFIX;
    const remark = `subscription group [${name}] does not exist, ${cure}`;
    return { code: ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, remark };
  }
  if (!group.consumeEnable) {
    const cause = 'its consumeEnable is false';
    const remark = `subscription group no permission, ${group.groupName}: ${cause}`;
    return forbidden(ForbiddenType.GROUP, remark);
  }
  const topic = topics.get(header.topic);
  if (topic === undefined) {
    const remark =
      `topic[${header.topic}] not exist, apply first please! Broker ${config.brokerName} ` +
      `does not hold it: create it, or send a first message to it${FAQ_SUFFIX}`;
    return { code: ResponseCode.TOPIC_NOT_EXIST, remark };
  }
  if (!isReadable(topic.perm)) {
    const { topicName, perm } = topic;
    const remark = `the topic[${topicName}] pulling message is forbidden: its perm is ${perm}`;
    return forbidden(ForbiddenType.TOPIC, remark);
  }
  if (header.queueId < 0 || header.queueId >= topic.readQueueNums) {
    const remark =
      `queueId[${header.queueId}] is illegal, topic:[${topic.topicName}] ` +
      `topicConfig.readQueueNums:[${topic.readQueueNums}] ` +
      `consumer:[${remoteAddress(context.connection)}]`;
    return { code: ResponseCode.INVALID_PARAMETER, remark };
  }
  const codes = filterCodes(services, context, header, group);
  return 'code' in codes ? codes : { topic, group, codes };
}

function filterCodes(
  services: BrokerServices,
  context: RequestContext,
  header: PullMessageHeader,
  group: SubscriptionGroupConfig,
): Int32Array | PullFault {
  const subscription =
    (header.sysFlag & PullSysFlag.SUBSCRIPTION) !== 0
      ? requestedSubscription(header)
      : registeredSubscription(services, header, group);
  if ('code' in subscription) return subscription;
  if (!isTagType(subscription.expressionType)) {
    const type = subscription.expressionType;
    const remark =
      `The broker does not support consumer to filter message by ${type}. ` +
      'Subscribe by TAG, for example A || B, or *';
    return { code: ResponseCode.SYSTEM_ERROR, remark };
  }
  const rejected = rejectedPuller(services, context, header);
  if (rejected !== undefined) return rejected;
  // The client knows a newer expression than its last heartbeat told. It filters again by itself,
  // so everything is right where the old filter would lose messages.
  if (subscription.subVersion < header.subVersion && isRegistered(header)) {
    return new Int32Array(0);
  }
  return tagCodes(subscription) ?? unparsable(subscription);
}

function isRegistered(header: PullMessageHeader): boolean {
  return (header.sysFlag & PullSysFlag.SUBSCRIPTION) === 0;
}

function requestedSubscription(header: PullMessageHeader): SubscriptionData | PullFault {
  const { topic, subscription, expressionType } = header;
  try {
    return newSubscriptionData(topic, subscription, { expressionType });
  } catch {
    return unparsable({ subString: subscription ?? '' });
  }
}

function unparsable({ subString }: Pick<SubscriptionData, 'subString'>): PullFault {
  const remark =
    `parse the consumer's subscription failed: ${subString.slice(0, 200)}. ` +
    'Write tags as A || B, or * for all';
  return { code: ResponseCode.SUBSCRIPTION_PARSE_FAILED, remark };
}

function registeredSubscription(
  services: BrokerServices,
  header: PullMessageHeader,
  group: SubscriptionGroupConfig,
): SubscriptionData | PullFault {
  const { groupName } = group;
  const members = services.consumers.get(groupName);
  if (members === undefined) {
    const remark =
      `the consumer's group info not exist: no member of ${groupName} sent a heartbeat ` +
      `to this broker yet${FAQ_SUFFIX}`;
    return { code: ResponseCode.SUBSCRIPTION_NOT_EXIST, remark };
  }
  if (!group.consumeBroadcastEnable && members.traits.messageModel === 'BROADCASTING') {
    const remark =
      `the consumer group[${groupName}] can not consume by broadcast way: ` +
      'its consumeBroadcastEnable is false';
    return forbidden(ForbiddenType.BROADCASTING, remark);
  }
  if (services.groups.isReadForbidden(groupName, header.topic)) {
    const remark = `the consumer group[${groupName}] is forbidden for topic[${header.topic}]`;
    return forbidden(ForbiddenType.SUBSCRIPTION, remark);
  }
  const subscription = members.subscriptions.get(header.topic);
  if (subscription === undefined) {
    const topics = [...members.subscriptions.keys()].join(', ');
    const remark =
      `the consumer's subscription not exist: group ${groupName} subscribes ` +
      `${topics || 'nothing'}. All members of a group must subscribe the same topics${FAQ_SUFFIX}`;
    return { code: ResponseCode.SUBSCRIPTION_NOT_EXIST, remark };
  }
  return subscription;
}

/** With rejectPullConsumerEnable only members of the group may pull. */
function rejectedPuller(
  { config, consumers }: BrokerServices,
  { connection }: RequestContext,
  { consumerGroup }: PullMessageHeader,
): PullFault | undefined {
  if (!config.rejectPullConsumerEnable) return undefined;
  const members = consumers.get(consumerGroup);
  const isActive = members === undefined || members.traits.consumeType === 'CONSUME_ACTIVELY';
  if (!isActive || members?.clients.has(connection.id) === true) return undefined;
  const remark =
    "the consumer's group info not exist, or the pull consumer is rejected by server. " +
    `rejectPullConsumerEnable is true on this broker${FAQ_SUFFIX}`;
  return { code: ResponseCode.SUBSCRIPTION_NOT_EXIST, remark };
}

function forbidden(forbiddenType: number, remark: string): PullFault {
  return { code: ResponseCode.NO_PERMISSION, remark, forbiddenType };
}
