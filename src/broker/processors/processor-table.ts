// SPDX-License-Identifier: Apache-2.0
/** Every request code this broker serves outside native code; others get code 3. */
import { RequestCode } from '../../protocol/codes.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import type { BrokerServices } from '../broker-services.ts';
import { checkClientConfigProcessor } from './check-client-config.ts';
import {
  getAllProducerInfoProcessor,
  getConsumerConnectionListProcessor,
  getProducerConnectionListProcessor,
} from './client-connections.ts';
import { consumerSendMsgBackProcessor } from './consumer-send-msg-back.ts';
import { deleteSubscriptiongroupProcessor } from './delete-subscriptiongroup.ts';
import { deleteTopicInBrokerProcessor } from './delete-topic-in-broker.ts';
import { getAllConsumerOffsetProcessor } from './get-all-consumer-offset.ts';
import { getAllSubscriptiongroupConfigProcessor } from './get-all-subscriptiongroup-config.ts';
import { getAllTopicConfigProcessor } from './get-all-topic-config.ts';
import { getBrokerConfigProcessor } from './get-broker-config.ts';
import { getBrokerRuntimeInfoProcessor } from './get-broker-runtime-info.ts';
import { getConsumeStatsProcessor } from './get-consume-stats.ts';
import { getConsumerListByGroupProcessor } from './get-consumer-list-by-group.ts';
import { getSubscriptiongroupConfigProcessor } from './get-subscriptiongroup-config.ts';
import { getSystemTopicListFromBrokerProcessor } from './get-system-topic-list-from-broker.ts';
import { getTopicConfigProcessor } from './get-topic-config.ts';
import { getTopicStatsInfoProcessor } from './get-topic-stats-info.ts';
import { heartBeatProcessor } from './heart-beat.ts';
import { lockBatchMqProcessor, unlockBatchMqProcessor } from './lock-batch-mq.ts';
import { pullMessageProcessor } from './pull-message.ts';
import { queryConsumerOffsetProcessor } from './query-consumer-offset.ts';
import { queryMessageProcessor } from './query-message.ts';
import {
  getEarliestMsgStoretimeProcessor,
  getMaxOffsetProcessor,
  getMinOffsetProcessor,
  searchOffsetByTimestampProcessor,
} from './queue-offsets.ts';
import { sendMessageProcessor } from './send-message.ts';
import {
  queryTopicConsumeByWhoProcessor,
  queryTopicsByConsumerProcessor,
} from './topics-and-groups.ts';
import { unregisterClientProcessor } from './unregister-client.ts';
import {
  updateAndCreateSubscriptiongroupListProcessor,
  updateAndCreateSubscriptiongroupProcessor,
} from './update-and-create-subscriptiongroup.ts';
import {
  updateAndCreateTopicListProcessor,
  updateAndCreateTopicProcessor,
} from './update-and-create-topic.ts';
import { updateConsumerOffsetProcessor } from './update-consumer-offset.ts';
import { viewMessageByIdProcessor } from './view-message-by-id.ts';

export function brokerProcessors(services: BrokerServices): Map<number, RequestProcessor> {
  const send = sendMessageProcessor(services);
  const pull = pullMessageProcessor(services);
  return new Map([
    [RequestCode.SEND_MESSAGE, send],
    [RequestCode.SEND_MESSAGE_V2, send],
    [RequestCode.SEND_BATCH_MESSAGE, send],
    [RequestCode.CONSUMER_SEND_MSG_BACK, consumerSendMsgBackProcessor(services)],
    [RequestCode.PULL_MESSAGE, pull],
    [RequestCode.LITE_PULL_MESSAGE, pull],
    [RequestCode.QUERY_MESSAGE, queryMessageProcessor(services)],
    [RequestCode.VIEW_MESSAGE_BY_ID, viewMessageByIdProcessor(services)],
    [RequestCode.HEART_BEAT, heartBeatProcessor(services)],
    [RequestCode.UNREGISTER_CLIENT, unregisterClientProcessor(services)],
    [RequestCode.CHECK_CLIENT_CONFIG, checkClientConfigProcessor()],
    [RequestCode.GET_CONSUMER_LIST_BY_GROUP, getConsumerListByGroupProcessor(services)],
    [RequestCode.QUERY_CONSUMER_OFFSET, queryConsumerOffsetProcessor(services)],
    [RequestCode.UPDATE_CONSUMER_OFFSET, updateConsumerOffsetProcessor(services)],
    [RequestCode.SEARCH_OFFSET_BY_TIMESTAMP, searchOffsetByTimestampProcessor(services)],
    [RequestCode.GET_MAX_OFFSET, getMaxOffsetProcessor(services)],
    [RequestCode.GET_MIN_OFFSET, getMinOffsetProcessor(services)],
    [RequestCode.GET_EARLIEST_MSG_STORETIME, getEarliestMsgStoretimeProcessor(services)],
    [RequestCode.LOCK_BATCH_MQ, lockBatchMqProcessor(services)],
    [RequestCode.UNLOCK_BATCH_MQ, unlockBatchMqProcessor(services)],
    ...adminProcessors(services),
  ]);
}

function adminProcessors(services: BrokerServices): [number, RequestProcessor][] {
  return [
    [RequestCode.UPDATE_AND_CREATE_TOPIC, updateAndCreateTopicProcessor(services)],
    [RequestCode.UPDATE_AND_CREATE_TOPIC_LIST, updateAndCreateTopicListProcessor(services)],
    [RequestCode.DELETE_TOPIC_IN_BROKER, deleteTopicInBrokerProcessor(services)],
    [RequestCode.GET_ALL_TOPIC_CONFIG, getAllTopicConfigProcessor(services)],
    [RequestCode.GET_TOPIC_CONFIG, getTopicConfigProcessor(services)],
    [RequestCode.GET_TOPIC_STATS_INFO, getTopicStatsInfoProcessor(services)],
    [
      RequestCode.GET_SYSTEM_TOPIC_LIST_FROM_BROKER,
      getSystemTopicListFromBrokerProcessor(services),
    ],
    [
      RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP,
      updateAndCreateSubscriptiongroupProcessor(services),
    ],
    [
      RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST,
      updateAndCreateSubscriptiongroupListProcessor(services),
    ],
    [RequestCode.DELETE_SUBSCRIPTIONGROUP, deleteSubscriptiongroupProcessor(services)],
    [
      RequestCode.GET_ALL_SUBSCRIPTIONGROUP_CONFIG,
      getAllSubscriptiongroupConfigProcessor(services),
    ],
    [RequestCode.GET_SUBSCRIPTIONGROUP_CONFIG, getSubscriptiongroupConfigProcessor(services)],
    [RequestCode.GET_CONSUMER_CONNECTION_LIST, getConsumerConnectionListProcessor(services)],
    [RequestCode.GET_PRODUCER_CONNECTION_LIST, getProducerConnectionListProcessor(services)],
    [RequestCode.GET_ALL_PRODUCER_INFO, getAllProducerInfoProcessor(services)],
    [RequestCode.GET_CONSUME_STATS, getConsumeStatsProcessor(services)],
    [RequestCode.QUERY_TOPIC_CONSUME_BY_WHO, queryTopicConsumeByWhoProcessor(services)],
    [RequestCode.QUERY_TOPICS_BY_CONSUMER, queryTopicsByConsumerProcessor(services)],
    [RequestCode.GET_ALL_CONSUMER_OFFSET, getAllConsumerOffsetProcessor(services)],
    [RequestCode.GET_BROKER_CONFIG, getBrokerConfigProcessor(services)],
    [RequestCode.GET_BROKER_RUNTIME_INFO, getBrokerRuntimeInfoProcessor(services)],
  ];
}
