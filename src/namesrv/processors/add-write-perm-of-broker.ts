// SPDX-License-Identifier: Apache-2.0
/** ADD_WRITE_PERM_OF_BROKER 327: in memory only; undone when the broker registers a change. */
import { ResponseCode } from '../../protocol/codes.ts';
import { addWritePermOfBroker as command } from '../../protocol/commands/add-write-perm-of-broker.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import { createResponse } from '../../protocol/remoting-command.ts';
import type { NamesrvParts } from './parts.ts';

export function addWritePermOfBrokerProcessor(parts: NamesrvParts): RequestProcessor {
  return ({ request }) => {
    const { brokerName } = command.request.decode(request.extFields);
    const addTopicCount = parts.routes.setWritePermission(brokerName, true);
    const extFields = command.response.encode({ addTopicCount });
    return createResponse(request, ResponseCode.SUCCESS, { extFields });
  };
}
