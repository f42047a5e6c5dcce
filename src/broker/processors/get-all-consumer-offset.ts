// SPDX-License-Identifier: Apache-2.0
/** Every committed offset (43), for slaves. Source: AdminBrokerProcessor; admin §3.4. */
import { ResponseCode } from '../../protocol/codes.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import type { BrokerServices } from '../broker-services.ts';
import { refuse, succeed } from './answers.ts';

export function getAllConsumerOffsetProcessor({ offsets }: BrokerServices): RequestProcessor {
  return ({ request }) => {
    const body = offsets.encodeBody();
    if (body !== undefined) return succeed(request, { body });
    return refuse(request, ResponseCode.SYSTEM_ERROR, 'No consumer offset in this broker');
  };
}
