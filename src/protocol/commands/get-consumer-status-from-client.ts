// SPDX-License-Identifier: Apache-2.0
/**
 * Code 221, broker to client: the offsets a client is at. Answer body: queue-statistics.ts.
 * Source: GetConsumerStatusRequestHeader; remoting §2.7.4.
 */
import { RequestCode } from '../codes.ts';
import { headerFields, optional, required } from '../header-fields.ts';

export const getConsumerStatusFromClient = {
  code: RequestCode.GET_CONSUMER_STATUS_FROM_CLIENT,
  request: headerFields({
    topic: required.text,
    group: required.text,
    clientAddr: optional.text,
  }),
  response: headerFields({}),
} as const;
