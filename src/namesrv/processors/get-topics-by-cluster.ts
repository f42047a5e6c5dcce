// SPDX-License-Identifier: Apache-2.0
/** Code 224: topics on any broker of a cluster. Source: namesrv §4.11. */
import { ResponseCode } from '../../protocol/codes.ts';
import { getTopicsByCluster } from '../../protocol/commands/get-topics-by-cluster.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import { createResponse } from '../../protocol/remoting-command.ts';
import { encodeTopicList } from '../../protocol/topic-list.ts';
import type { NamesrvContext } from '../namesrv-context.ts';
import { topicsOfCluster } from '../topic-lists.ts';

export function getTopicsByClusterProcessor({ routes, config }: NamesrvContext): RequestProcessor {
  return ({ request }) => {
    if (!config.enableTopicList) {
      return createResponse(request, ResponseCode.SYSTEM_ERROR, { remark: 'disable' });
    }
    const { cluster } = getTopicsByCluster.request.decode(request.extFields);
    const body = encodeTopicList({ topicList: topicsOfCluster(routes.tables, cluster) });
    return createResponse(request, ResponseCode.SUCCESS, { body });
  };
}
