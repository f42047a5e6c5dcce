// SPDX-License-Identifier: Apache-2.0
/** UNREGISTER_BROKER 104: answered at once, takes effect with its batch. namesrv §4.3. */
import { ResponseCode } from '../../protocol/codes.ts';
import { unregisterBroker as command } from '../../protocol/commands/unregister-broker.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import { createResponse } from '../../protocol/remoting-command.ts';
import type { NamesrvParts } from './parts.ts';

export function unregisterBrokerProcessor(parts: NamesrvParts): RequestProcessor {
  return ({ request }) => {
    const header = command.request.decode(request.extFields);
    if (parts.enqueueUnregister(header)) return createResponse(request);
    return createResponse(request, ResponseCode.SYSTEM_ERROR, {
      remark: "couldn't submit the unregister broker request to handler: its queue is full",
    });
  };
}
