// SPDX-License-Identifier: Apache-2.0
/**
 * Code 204, admin to broker: the connections of a producer group. Body: client-connections.ts.
 * Source: GetProducerConnectionListRequestHeader; admin §3.5.
 */
import { RequestCode } from '../codes.ts';
import { headerFields, optional, required } from '../header-fields.ts';

export const getProducerConnectionList = {
  code: RequestCode.GET_PRODUCER_CONNECTION_LIST,
  request: headerFields({
    producerGroup: required.text,
    bname: optional.text,
  }),
  response: headerFields({}),
} as const;
