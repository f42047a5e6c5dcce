// SPDX-License-Identifier: Apache-2.0
/** Code 205: no more writes to a broker. Source: namesrv §4.10. */
import { ResponseCode } from '../../protocol/codes.ts';
import { wipeWritePermOfBroker } from '../../protocol/commands/wipe-write-perm-of-broker.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import { createResponse } from '../../protocol/remoting-command.ts';
import type { NamesrvContext } from '../namesrv-context.ts';

export function wipeWritePermOfBrokerProcessor({ routes, log }: NamesrvContext): RequestProcessor {
  return ({ request }) => {
    const { brokerName } = wipeWritePermOfBroker.request.decode(request.extFields);
    const wipeTopicCount = routes.wipeWritePerm(brokerName);
    log.info('write permission wiped', { brokerName, wipeTopicCount });
    const extFields = wipeWritePermOfBroker.response.encode({ wipeTopicCount });
    return createResponse(request, ResponseCode.SUCCESS, { extFields });
  };
}
