// SPDX-License-Identifier: Apache-2.0
/** The message at a commit-log offset (33). Source: QueryMessageProcessor; remoting §2.6. */
import { ResponseCode } from '../../protocol/codes.ts';
import { viewMessageById } from '../../protocol/commands/view-message-by-id.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import type { BrokerServices } from '../broker-services.ts';
import { refuse, succeed } from './answers.ts';

export function viewMessageByIdProcessor({ diskReads }: BrokerServices): RequestProcessor {
  return async ({ request }) => {
    const { offset } = viewMessageById.request.decode(request.extFields);
    const body = await diskReads.lookMessage(offset);
    if (body !== undefined) return succeed(request, { body });
    const remark = `can not find message by the offset, ${offset}`;
    return refuse(request, ResponseCode.SYSTEM_ERROR, remark);
  };
}
