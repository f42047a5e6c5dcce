// SPDX-License-Identifier: Apache-2.0
/**
 * Code 29, client to broker: the offset at a store time. LOWER (default): the first message
 * stored at or after `timestamp` (ms, any 64-bit value); UPPER: the last stored at or before it.
 * Source: SearchOffsetRequestHeader; remoting §2.5.2.
 */
import { RequestCode } from '../codes.ts';
import { headerFields, optional, required } from '../header-fields.ts';

export const searchOffsetByTimestamp = {
  code: RequestCode.SEARCH_OFFSET_BY_TIMESTAMP,
  request: headerFields({
    topic: required.text,
    queueId: required.int32,
    timestamp: required.bigint64,
    boundaryType: optional.text,
    liteTopic: optional.text,
    bname: optional.text,
  }),
  response: headerFields({
    offset: required.int64,
  }),
} as const;

export type BoundaryType = 'LOWER' | 'UPPER';

/** `upper` in any case is UPPER, everything else LOWER. */
export function boundaryTypeOf(text: string | undefined): BoundaryType {
  return text?.toLowerCase() === 'upper' ? 'UPPER' : 'LOWER';
}
