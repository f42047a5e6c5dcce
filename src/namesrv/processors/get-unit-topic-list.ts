// SPDX-License-Identifier: Apache-2.0
/** Code 311: topics with the unit flag. Source: namesrv §4.11. */
import { ResponseCode } from '../../protocol/codes.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import { createResponse } from '../../protocol/remoting-command.ts';
import { encodeTopicList } from '../../protocol/topic-list.ts';
import type { NamesrvContext } from '../namesrv-context.ts';
import { topicsWithFlags } from '../topic-lists.ts';

export function getUnitTopicListProcessor({ routes, config }: NamesrvContext): RequestProcessor {
  return ({ request }) => {
    if (!config.enableTopicList) {
      return createResponse(request, ResponseCode.SYSTEM_ERROR, { remark: 'disable' });
    }
    const body = encodeTopicList({ topicList: topicsWithFlags(routes.tables, { unit: true }) });
    return createResponse(request, ResponseCode.SUCCESS, { body });
  };
}
