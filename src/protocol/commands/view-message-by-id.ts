// SPDX-License-Identifier: Apache-2.0
/**
 * Code 33, client to broker: the message at a commit-log offset. Answer body: one record.
 * Source: ViewMessageRequestHeader; remoting §2.6.
 */
import { RequestCode } from '../codes.ts';
import { headerFields, optional, required } from '../header-fields.ts';

export const viewMessageById = {
  code: RequestCode.VIEW_MESSAGE_BY_ID,
  request: headerFields({
    offset: required.int64,
    topic: optional.text,
    bname: optional.text,
  }),
  response: headerFields({}),
} as const;
