// SPDX-License-Identifier: Apache-2.0
/**
 * Code 206, admin to name server: every topic. Body: topic-list.ts. Source: namesrv §4.11.
 */
import { RequestCode } from '../codes.ts';
import { headerFields } from '../header-fields.ts';

export const getAllTopicListFromNameserver = {
  code: RequestCode.GET_ALL_TOPIC_LIST_FROM_NAMESERVER,
  request: headerFields({}),
  response: headerFields({}),
} as const;
