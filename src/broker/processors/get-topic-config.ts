// SPDX-License-Identifier: Apache-2.0
/** One topic (351). Source: AdminBrokerProcessor; admin §3.2. */
import { ResponseCode } from '../../protocol/codes.ts';
import { encodeTopicConfig, getTopicConfig } from '../../protocol/commands/get-topic-config.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import type { BrokerServices } from '../broker-services.ts';
import { refuse, succeed } from './answers.ts';

export function getTopicConfigProcessor({ topics }: BrokerServices): RequestProcessor {
  return ({ request }) => {
    const { topic } = getTopicConfig.request.decode(request.extFields);
    const config = topics.get(topic);
    if (config !== undefined) return succeed(request, { body: encodeTopicConfig(config) });
    const remark = `No topic in this broker. topic: ${topic}`;
    return refuse(request, ResponseCode.TOPIC_NOT_EXIST, remark);
  };
}
