// SPDX-License-Identifier: Apache-2.0
/** Is this subscription acceptable (46)? Source: ClientManageProcessor; remoting §2.5.2. */
import { ResponseCode } from '../../protocol/codes.ts';
import { decodeCheckClientBody } from '../../protocol/commands/check-client-config.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import { isTagType } from '../../protocol/subscription.ts';
import { refuse, succeed } from './answers.ts';

export function checkClientConfigProcessor(): RequestProcessor {
  return ({ request }) => {
    if (request.body === undefined) return succeed(request);
    const { expressionType } = decodeCheckClientBody(request.body).subscriptionData;
    if (isTagType(expressionType)) return succeed(request);
    const remark =
      `The broker does not support consumer to filter message by ${expressionType}. ` +
      'Subscribe by TAG, for example A || B, or *';
    return refuse(request, ResponseCode.SYSTEM_ERROR, remark);
  };
}
