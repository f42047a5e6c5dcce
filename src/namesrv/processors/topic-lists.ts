// SPDX-License-Identifier: Apache-2.0
/** Topic lists: 206, 224, 304, 311, 312, 313. One shape of answer, six questions. §4.11. */
import { RequestCode, ResponseCode } from '../../protocol/codes.ts';
import { getTopicsByCluster } from '../../protocol/commands/get-topics-by-cluster.ts';
import type { RequestContext, RequestProcessor } from '../../protocol/processor.ts';
import { createResponse } from '../../protocol/remoting-command.ts';
import { encodeTopicList, type TopicList } from '../../protocol/topic-list.ts';
import { systemTopics, topicsByFlag, topicsOfCluster } from '../route-queries.ts';
import type { NamesrvParts } from './parts.ts';

export function topicListProcessors(parts: NamesrvParts): [number, RequestProcessor][] {
  const { config, routes } = parts;
  const lists = (list: (context: RequestContext) => TopicList, enabled = (): boolean => true) =>
    listProcessor(list, enabled);
  const whenEnabled = (): boolean => config.enableTopicList;
  const byFlag = (matches: (isUnit: boolean, hasUnitSub: boolean) => boolean) =>
    lists(() => ({ topicList: topicsByFlag(routes, matches) }), whenEnabled);
  return [
    [
      RequestCode.GET_ALL_TOPIC_LIST_FROM_NAMESERVER,
      lists(
        () => ({ topicList: [...routes.topics.keys()] }),
        () => config.enableAllTopicList,
      ),
    ],
    [
      RequestCode.GET_TOPICS_BY_CLUSTER,
      lists(({ request }) => {
        const { cluster } = getTopicsByCluster.request.decode(request.extFields);
        return { topicList: topicsOfCluster(routes, cluster) };
      }, whenEnabled),
    ],
    [
      RequestCode.GET_SYSTEM_TOPIC_LIST_FROM_NS,
      lists(({ connection }) => systemTopics(routes, connection)),
    ],
    [RequestCode.GET_UNIT_TOPIC_LIST, byFlag((isUnit) => isUnit)],
    [RequestCode.GET_HAS_UNIT_SUB_TOPIC_LIST, byFlag((_, hasUnitSub) => hasUnitSub)],
    [
      RequestCode.GET_HAS_UNIT_SUB_UNUNIT_TOPIC_LIST,
      byFlag((isUnit, hasUnitSub) => hasUnitSub && !isUnit),
    ],
  ];
}

function listProcessor(
  list: (context: RequestContext) => TopicList,
  enabled: () => boolean,
): RequestProcessor {
  return (context) => {
    if (!enabled()) {
      return createResponse(context.request, ResponseCode.SYSTEM_ERROR, { remark: 'disable' });
    }
    const body = encodeTopicList(list(context));
    return createResponse(context.request, ResponseCode.SUCCESS, { body });
  };
}
