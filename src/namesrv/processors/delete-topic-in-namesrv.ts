// SPDX-License-Identifier: Apache-2.0
/** DELETE_TOPIC_IN_NAMESRV 216: always a success. */
import { deleteTopicInNamesrv as command } from '../../protocol/commands/delete-topic-in-namesrv.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import { createResponse } from '../../protocol/remoting-command.ts';
import type { NamesrvParts } from './parts.ts';

export function deleteTopicInNamesrvProcessor(parts: NamesrvParts): RequestProcessor {
  return ({ request }) => {
    const { topic, clusterName } = command.request.decode(request.extFields);
    parts.routes.deleteTopic(topic, clusterName);
    return createResponse(request);
  };
}
