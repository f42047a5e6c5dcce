// SPDX-License-Identifier: Apache-2.0
/** Code 327: writes to a broker again. Source: namesrv §4.10. */
import { ResponseCode } from '../../protocol/codes.ts';
import { addWritePermOfBroker } from '../../protocol/commands/add-write-perm-of-broker.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import { createResponse } from '../../protocol/remoting-command.ts';
import type { NamesrvContext } from '../namesrv-context.ts';

export function addWritePermOfBrokerProcessor({ routes, log }: NamesrvContext): RequestProcessor {
  return ({ request }) => {
    const { brokerName } = addWritePermOfBroker.request.decode(request.extFields);
    const addTopicCount = routes.addWritePerm(brokerName);
    log.info('write permission added', { brokerName, addTopicCount });
    const extFields = addWritePermOfBroker.response.encode({ addTopicCount });
    return createResponse(request, ResponseCode.SUCCESS, { extFields });
  };
}
