// SPDX-License-Identifier: Apache-2.0
/**
 * Heartbeat (34): registers a client's producer and consumer groups over its connection.
 * Source: ClientManageProcessor.heartBeat, heartBeatV2; remoting §2.5.1.
 */
import { heartBeat } from '../../protocol/commands/heart-beat.ts';
import { type ConsumerData, decodeHeartbeatData } from '../../protocol/heartbeat-data.ts';
import { retryTopicOf } from '../../protocol/names.ts';
import { TopicSysFlag } from '../../protocol/perm.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import type { BrokerServices } from '../broker-services.ts';
import type { ClientChannelInfo } from '../client/client-channel-info.ts';
import { succeed } from './answers.ts';

export function heartBeatProcessor(services: BrokerServices): RequestProcessor {
  const { config, producers } = services;
  /** Group → fingerprint of the last heartbeat, 0 from clients without heartbeat V2. */
  const fingerprints = new Map<string, number>();
  return ({ connection, request, nowMs }) => {
    const heartbeat = decodeHeartbeatData(request.body);
    const { heartbeatFingerprint: fingerprint, withoutSub } = heartbeat;
    const info: ClientChannelInfo = {
      connection,
      clientId: heartbeat.clientID,
      language: request.language,
      version: request.version,
      lastUpdateMs: nowMs,
    };
    let subscriptionChanged = fingerprint === 0;
    for (const consumer of heartbeat.consumerDataSet) {
      const isActive = consumer.consumeType === 'CONSUME_ACTIVELY';
      if (config.rejectPullConsumerEnable && isActive) continue;
      const known = fingerprints.get(consumer.groupName);
      if (known !== undefined && known !== fingerprint) subscriptionChanged = true;
      if (!registerConsumer(services, info, consumer, fingerprint !== 0 && withoutSub)) continue;
      fingerprints.set(consumer.groupName, fingerprint);
    }
    for (const group of heartbeat.producerGroups) producers.register(group, info);
    forgetOffline(fingerprints, services);
    return succeed(request, {
      extFields: heartBeat.response.encode({
        IS_SUPPORT_HEART_BEAT_V2: true,
        IS_SUB_CHANGE: subscriptionChanged,
      }),
    });
  };
}

/** False when the group neither exists nor may be created. */
function registerConsumer(
  { groups, topics, consumers }: BrokerServices,
  info: ClientChannelInfo,
  consumer: ConsumerData,
  withoutSubscriptions: boolean,
): boolean {
  const { groupName, subscriptionDataSet } = consumer;
  const group = groups.find(groupName);
  if (group === undefined) return false;
  topics.createRetryOrDlq(retryTopicOf(groupName), group.retryQueueNums, {
    order: subscriptionDataSet.some(({ topic }) => topics.isOrderTopic(topic)),
    topicSysFlag: consumer.unitMode ? TopicSysFlag.UNIT_SUB : 0,
  });
  consumers.register({
    group: groupName,
    info,
    traits: consumer,
    subscriptions: withoutSubscriptions ? undefined : subscriptionDataSet,
    notify: group.notifyConsumerIdsChangedEnable,
  });
  return true;
}

/** Group names come from clients: the table must not grow beyond the groups that are online. */
function forgetOffline(fingerprints: Map<string, number>, { consumers }: BrokerServices): void {
  if (fingerprints.size <= consumers.groups.size) return;
  for (const group of fingerprints.keys()) {
    if (consumers.get(group) === undefined) fingerprints.delete(group);
  }
}
