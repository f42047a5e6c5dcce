// SPDX-License-Identifier: Apache-2.0
/** Code 217: one topic's queues; always a success, as by Apache. Source: namesrv §4.12. */
import { registerTopicInNamesrv } from '../../protocol/commands/register-topic-in-namesrv.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import { createResponse } from '../../protocol/remoting-command.ts';
import { decodeTopicRouteData } from '../../protocol/topic-route.ts';
import type { NamesrvContext } from '../namesrv-context.ts';

export function registerTopicInNamesrvProcessor({ routes }: NamesrvContext): RequestProcessor {
  return ({ request }) => {
    const { topic } = registerTopicInNamesrv.request.decode(request.extFields);
    if (request.body !== undefined) {
      routes.registerTopic(topic, decodeTopicRouteData(request.body).queueDatas);
    }
    return createResponse(request);
  };
}
