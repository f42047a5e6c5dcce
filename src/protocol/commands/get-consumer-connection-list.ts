// SPDX-License-Identifier: Apache-2.0
/**
 * Code 203, admin to broker: the connections of a consumer group. Body: client-connections.ts.
 * Source: GetConsumerConnectionListRequestHeader; admin §3.5.
 */
import { RequestCode } from '../codes.ts';
import { headerFields, optional, required } from '../header-fields.ts';

export const getConsumerConnectionList = {
  code: RequestCode.GET_CONSUMER_CONNECTION_LIST,
  request: headerFields({
    consumerGroup: required.text,
    bname: optional.text,
  }),
  response: headerFields({}),
} as const;
