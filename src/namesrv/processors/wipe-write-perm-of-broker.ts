// SPDX-License-Identifier: Apache-2.0
/** WIPE_WRITE_PERM_OF_BROKER 205: in memory only; undone when the broker registers a change. */
import { ResponseCode } from '../../protocol/codes.ts';
import { wipeWritePermOfBroker as command } from '../../protocol/commands/wipe-write-perm-of-broker.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import { createResponse } from '../../protocol/remoting-command.ts';
import type { NamesrvParts } from './parts.ts';

export function wipeWritePermOfBrokerProcessor(parts: NamesrvParts): RequestProcessor {
  return ({ request }) => {
    const { brokerName } = command.request.decode(request.extFields);
    const wipeTopicCount = parts.routes.setWritePermission(brokerName, false);
    const extFields = command.response.encode({ wipeTopicCount });
    return createResponse(request, ResponseCode.SUCCESS, { extFields });
  };
}
