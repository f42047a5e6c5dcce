// SPDX-License-Identifier: Apache-2.0
/**
 * Code 313, admin to name server: topics with the unit-subscription but not the unit flag.
 * Body: topic-list.ts. Source: namesrv §4.11.
 */
import { RequestCode } from '../codes.ts';
import { headerFields } from '../header-fields.ts';

export const getHasUnitSubUnunitTopicList = {
  code: RequestCode.GET_HAS_UNIT_SUB_UNUNIT_TOPIC_LIST,
  request: headerFields({}),
  response: headerFields({}),
} as const;
