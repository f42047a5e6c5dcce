// SPDX-License-Identifier: Apache-2.0
/**
 * Code 312, admin to name server: topics with the unit-subscription flag. Body: topic-list.ts.
 * Source: namesrv §4.11.
 */
import { RequestCode } from '../codes.ts';
import { headerFields } from '../header-fields.ts';

export const getHasUnitSubTopicList = {
  code: RequestCode.GET_HAS_UNIT_SUB_TOPIC_LIST,
  request: headerFields({}),
  response: headerFields({}),
} as const;
