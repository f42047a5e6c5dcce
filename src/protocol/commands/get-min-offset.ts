// SPDX-License-Identifier: Apache-2.0
/**
 * Code 31, client to broker: the first offset still stored in a queue.
 * Source: GetMinOffsetRequestHeader; remoting §2.5.2.
 */
import { RequestCode } from '../codes.ts';
import { headerFields, optional, required } from '../header-fields.ts';

export const getMinOffset = {
  code: RequestCode.GET_MIN_OFFSET,
  request: headerFields({
    topic: required.text,
    queueId: required.int32,
    bname: optional.text,
  }),
  response: headerFields({
    offset: required.int64,
  }),
} as const;
