// SPDX-License-Identifier: Apache-2.0
/** Code 216: forgets a topic; a success also when there was none. Source: namesrv §4.12. */
import { deleteTopicInNamesrv } from '../../protocol/commands/delete-topic-in-namesrv.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import { createResponse } from '../../protocol/remoting-command.ts';
import type { NamesrvContext } from '../namesrv-context.ts';

export function deleteTopicInNamesrvProcessor({ routes, log }: NamesrvContext): RequestProcessor {
  return ({ request }) => {
    const { topic, clusterName } = deleteTopicInNamesrv.request.decode(request.extFields);
    routes.deleteTopic(topic, clusterName);
    log.info('topic deleted', { topic, clusterName });
    return createResponse(request);
  };
}
