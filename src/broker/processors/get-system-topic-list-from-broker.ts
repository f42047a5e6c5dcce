// SPDX-License-Identifier: Apache-2.0
/** The broker's own topics (305). Source: AdminBrokerProcessor; admin §3.2. */
import type { RequestProcessor } from '../../protocol/processor.ts';
import { encodeTopicList } from '../../protocol/topic-list.ts';
import type { BrokerServices } from '../broker-services.ts';
import { succeed } from './answers.ts';

export function getSystemTopicListFromBrokerProcessor(services: BrokerServices): RequestProcessor {
  return ({ request }) => {
    const topicList = services.systemTopics.list();
    return succeed(request, { body: encodeTopicList({ topicList }) });
  };
}
