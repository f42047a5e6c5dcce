// SPDX-License-Identifier: Apache-2.0
/**
 * Code 14, client to broker: the committed offset of a group in a queue; QUERY_NOT_FOUND (22) when
 * there is none. Source: QueryConsumerOffsetRequestHeader; remoting §2.5.3.
 */
import { RequestCode } from '../codes.ts';
import { headerFields, optional, required } from '../header-fields.ts';

export const queryConsumerOffset = {
  code: RequestCode.QUERY_CONSUMER_OFFSET,
  request: headerFields({
    consumerGroup: required.text,
    topic: required.text,
    queueId: required.int32,
    setZeroIfNotFound: optional.boolean,
    bname: optional.text,
  }),
  response: headerFields({
    offset: required.int64,
  }),
} as const;
