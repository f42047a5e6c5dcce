// SPDX-License-Identifier: Apache-2.0
/** REGISTER_TOPIC_IN_NAMESRV 217: always a success; only the queue datas are read. */
import { registerTopicInNamesrv as command } from '../../protocol/commands/register-topic-in-namesrv.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import { createResponse } from '../../protocol/remoting-command.ts';
import { decodeTopicRouteData } from '../../protocol/topic-route.ts';
import type { NamesrvParts } from './parts.ts';

export function registerTopicInNamesrvProcessor(parts: NamesrvParts): RequestProcessor {
  return ({ request }) => {
    const { topic } = command.request.decode(request.extFields);
    const { queueDatas } = decodeTopicRouteData(request.body);
    parts.routes.registerTopic(topic, queueDatas);
    return createResponse(request);
  };
}
