// SPDX-License-Identifier: Apache-2.0
/** Answers to sends by what the store said. Source: SendMessageProcessor; store §8.6. */
import { ResponseCode } from '../../protocol/codes.ts';
import { PutMessageStatus } from '../../store/message-store.ts';
import type { BrokerServices } from '../broker-services.ts';
import type { SendFault } from './send-checks.ts';

/** Undefined: stored. FLUSH_DISK_TIMEOUT is stored too, and told by its code alone. */
export function putFault(
  services: BrokerServices,
  status: PutMessageStatus,
): SendFault | undefined {
  switch (status) {
    case PutMessageStatus.PUT_OK:
    case PutMessageStatus.FLUSH_DISK_TIMEOUT:
      return undefined;
    case PutMessageStatus.MESSAGE_ILLEGAL:
    case PutMessageStatus.PROPERTIES_SIZE_EXCEEDED:
      return { code: ResponseCode.MESSAGE_ILLEGAL, remark: messageIllegal(services) };
    case PutMessageStatus.CREATE_MAPPED_FILE_FAILED:
      return {
        code: ResponseCode.SYSTEM_ERROR,
        remark: `create mapped file failed, server is busy or broken. ${reason(services)}`,
      };
    case PutMessageStatus.SERVICE_NOT_AVAILABLE:
      return {
        code: ResponseCode.SERVICE_NOT_AVAILABLE,
        remark: `service not available now. ${reason(services)}`,
      };
    default:
      return { code: ResponseCode.SYSTEM_ERROR, remark: `not stored. ${reason(services)}` };
  }
}

/** Apache's words: users search for them. */
export function messageIllegal({ config }: BrokerServices): string {
  return (
    'the message is illegal, maybe msg body or properties length not matched. ' +
    `msg body length limit ${config.maxMessageSize}B, msg properties length limit 32KB.`
  );
}

function reason({ store }: BrokerServices): string {
  const text = store.stats().failure || store.lastError();
  return text === '' ? "See the broker's log for the reason" : `The store says: ${text}`;
}
