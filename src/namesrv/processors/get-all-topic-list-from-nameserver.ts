// SPDX-License-Identifier: Apache-2.0
/** Code 206: every topic. Source: namesrv §4.11. */
import { ResponseCode } from '../../protocol/codes.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import { createResponse } from '../../protocol/remoting-command.ts';
import { encodeTopicList } from '../../protocol/topic-list.ts';
import type { NamesrvContext } from '../namesrv-context.ts';
import { allTopics } from '../topic-lists.ts';

export function getAllTopicListFromNameserverProcessor({
  routes,
  config,
}: NamesrvContext): RequestProcessor {
  return ({ request }) => {
    if (!config.enableAllTopicList) {
      return createResponse(request, ResponseCode.SYSTEM_ERROR, { remark: 'disable' });
    }
    const body = encodeTopicList({ topicList: allTopics(routes.tables) });
    return createResponse(request, ResponseCode.SUCCESS, { body });
  };
}
