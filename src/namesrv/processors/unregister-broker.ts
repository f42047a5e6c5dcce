// SPDX-License-Identifier: Apache-2.0
/** Code 104: a broker leaves; answered before it takes effect. Source: namesrv §4.3. */
import { ResponseCode } from '../../protocol/codes.ts';
import { unregisterBroker } from '../../protocol/commands/unregister-broker.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import { createResponse } from '../../protocol/remoting-command.ts';
import type { NamesrvContext } from '../namesrv-context.ts';

export function unregisterBrokerProcessor({ routes, log }: NamesrvContext): RequestProcessor {
  return ({ request }) => {
    const unregistration = unregisterBroker.request.decode(request.extFields);
    if (routes.submitUnregistration(unregistration)) return createResponse(request);
    log.warn('an unregistration was refused, too many are waiting', unregistration);
    const remark = 'too many unregistrations are waiting, try again';
    return createResponse(request, ResponseCode.SYSTEM_ERROR, { remark });
  };
}
