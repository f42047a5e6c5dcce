// SPDX-License-Identifier: Apache-2.0
/**
 * Code 304: names of clusters and brokers, and a broker to ask for its own system topics.
 * Source: namesrv §4.11.
 */
import { ResponseCode } from '../../protocol/codes.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import { createResponse } from '../../protocol/remoting-command.ts';
import { encodeTopicList } from '../../protocol/topic-list.ts';
import type { NamesrvContext } from '../namesrv-context.ts';
import { clusterAndBrokerNames } from '../topic-lists.ts';

export function getSystemTopicListFromNsProcessor({ routes }: NamesrvContext): RequestProcessor {
  return ({ request, connection }) => {
    const topicList = clusterAndBrokerNames(routes.tables);
    const brokerAddr = routes.anyBrokerAddress(connection);
    const body = encodeTopicList({ topicList, brokerAddr });
    return createResponse(request, ResponseCode.SUCCESS, { body });
  };
}
