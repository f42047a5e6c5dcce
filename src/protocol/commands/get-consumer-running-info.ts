// SPDX-License-Identifier: Apache-2.0
/**
 * Code 307, admin to broker to client: what a consumer does right now. Answer body: JSON that the
 * broker relays unread. Source: GetConsumerRunningInfoRequestHeader; remoting §2.7.5.
 */
import { RequestCode } from '../codes.ts';
import { headerFields, optional, required } from '../header-fields.ts';

export const getConsumerRunningInfo = {
  code: RequestCode.GET_CONSUMER_RUNNING_INFO,
  request: headerFields({
    consumerGroup: required.text,
    clientId: required.text,
    jstackEnable: optional.boolean,
  }),
  response: headerFields({}),
} as const;
