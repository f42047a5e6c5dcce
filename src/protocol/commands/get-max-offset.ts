// SPDX-License-Identifier: Apache-2.0
/**
 * Code 30, client to broker: the next offset to be assigned in a queue, 0 when empty.
 * Source: GetMaxOffsetRequestHeader; remoting §2.5.2.
 */
import { RequestCode } from '../codes.ts';
import { headerFields, optional, required } from '../header-fields.ts';

export const getMaxOffset = {
  code: RequestCode.GET_MAX_OFFSET,
  request: headerFields({
    topic: required.text,
    queueId: required.int32,
    committed: optional.boolean,
    bname: optional.text,
  }),
  response: headerFields({
    offset: required.int64,
  }),
} as const;
