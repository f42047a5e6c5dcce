// SPDX-License-Identifier: Apache-2.0
/**
 * Code 220, broker to client, oneway: continue from these offsets. Body: queue-statistics.ts, map
 * form, for C++ clients list form. Source: ResetOffsetRequestHeader; remoting §2.7.3.
 */
import { RequestCode } from '../codes.ts';
import { headerFields, optional, required } from '../header-fields.ts';

export const resetConsumerClientOffset = {
  code: RequestCode.RESET_CONSUMER_CLIENT_OFFSET,
  request: headerFields({
    topic: required.text,
    group: required.text,
    timestamp: required.bigint64,
    isForce: required.boolean,
    queueId: optional.int32,
    offset: optional.int64,
  }),
  response: headerFields({}),
} as const;
