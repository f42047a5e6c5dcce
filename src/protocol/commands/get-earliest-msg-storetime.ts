// SPDX-License-Identifier: Apache-2.0
/**
 * Code 32, client to broker: store time of the first message of a queue, ms; -1 when there is none.
 * Source: GetEarliestMsgStoretimeRequestHeader; remoting §2.5.2.
 */
import { RequestCode } from '../codes.ts';
import { headerFields, optional, required } from '../header-fields.ts';

export const getEarliestMsgStoretime = {
  code: RequestCode.GET_EARLIEST_MSG_STORETIME,
  request: headerFields({
    topic: required.text,
    queueId: required.int32,
    bname: optional.text,
  }),
  response: headerFields({
    timestamp: required.int64,
  }),
} as const;
