// SPDX-License-Identifier: Apache-2.0
/**
 * Code 12, client to broker: messages by key from the index. `_UNIQUE_KEY_QUERY` true searches by
 * UNIQ_KEY; `indexType` K (default), U or T. Times are ms and may be the 64-bit extremes.
 * Answer body: records of message-record.ts. Source: QueryMessageRequestHeader; remoting §2.6.
 */
import { RequestCode } from '../codes.ts';
import { headerFields, optional, required } from '../header-fields.ts';

export const queryMessage = {
  code: RequestCode.QUERY_MESSAGE,
  request: headerFields({
    topic: required.text,
    key: required.text,
    maxNum: required.int32,
    beginTimestamp: required.bigint64,
    endTimestamp: required.bigint64,
    indexType: optional.text,
    lastKey: optional.text,
    _UNIQUE_KEY_QUERY: optional.boolean,
    bname: optional.text,
  }),
  response: headerFields({
    indexLastUpdateTimestamp: required.int64,
    indexLastUpdatePhyoffset: required.int64,
  }),
} as const;
