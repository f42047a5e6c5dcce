// SPDX-License-Identifier: Apache-2.0
/**
 * Code 311, admin to name server: topics with the unit flag. Body: topic-list.ts.
 * Source: namesrv §4.11.
 */
import { RequestCode } from '../codes.ts';
import { headerFields } from '../header-fields.ts';

export const getUnitTopicList = {
  code: RequestCode.GET_UNIT_TOPIC_LIST,
  request: headerFields({}),
  response: headerFields({}),
} as const;
