// SPDX-License-Identifier: Apache-2.0
/**
 * Code 304, admin to name server: cluster and broker names, and a broker to ask for the rest.
 * Body: topic-list.ts. Source: namesrv §4.11.
 */
import { RequestCode } from '../codes.ts';
import { headerFields } from '../header-fields.ts';

export const getSystemTopicListFromNs = {
  code: RequestCode.GET_SYSTEM_TOPIC_LIST_FROM_NS,
  request: headerFields({}),
  response: headerFields({}),
} as const;
