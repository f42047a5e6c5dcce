// SPDX-License-Identifier: Apache-2.0
/**
 * Code 15, client to broker, usually oneway: commits an offset.
 * Source: UpdateConsumerOffsetRequestHeader; remoting §2.5.2.
 */
import { RequestCode } from '../codes.ts';
import { headerFields, optional, required } from '../header-fields.ts';

export const updateConsumerOffset = {
  code: RequestCode.UPDATE_CONSUMER_OFFSET,
  request: headerFields({
    consumerGroup: required.text,
    topic: required.text,
    queueId: required.int32,
    commitOffset: required.int64,
    bname: optional.text,
  }),
  response: headerFields({}),
} as const;
