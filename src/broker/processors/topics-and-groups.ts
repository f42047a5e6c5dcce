// SPDX-License-Identifier: Apache-2.0
/** Which groups consume a topic (300), which topics a group (343). Source: AdminBrokerProcessor. */
import {
  encodeGroupList,
  queryTopicConsumeByWho,
} from '../../protocol/commands/query-topic-consume-by-who.ts';
import { queryTopicsByConsumer } from '../../protocol/commands/query-topics-by-consumer.ts';
import { formatHostPort } from '../../protocol/ip-address.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import { encodeTopicList } from '../../protocol/topic-list.ts';
import type { BrokerServices } from '../broker-services.ts';
import { succeed } from './answers.ts';

export function queryTopicConsumeByWhoProcessor(services: BrokerServices): RequestProcessor {
  const { consumers, offsets } = services;
  return ({ request }) => {
    const { topic } = queryTopicConsumeByWho.request.decode(request.extFields);
    const groups = new Set([...consumers.groupsOf(topic), ...offsets.groupsOf(topic)]);
    return succeed(request, { body: encodeGroupList([...groups]) });
  };
}

export function queryTopicsByConsumerProcessor(services: BrokerServices): RequestProcessor {
  return ({ request }) => {
    const { group } = queryTopicsByConsumer.request.decode(request.extFields);
    const { host, port } = services.brokerAddress();
    const body = encodeTopicList({
      topicList: services.offsets.topicsOf(group),
      brokerAddr: formatHostPort(host, port),
    });
    return succeed(request, { body });
  };
}
