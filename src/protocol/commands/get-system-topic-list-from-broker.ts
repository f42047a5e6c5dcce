// SPDX-License-Identifier: Apache-2.0
/**
 * Code 305, admin to broker: its system topics. Body: topic-list.ts. Source: admin §3.2.
 */
import { RequestCode } from '../codes.ts';
import { headerFields } from '../header-fields.ts';

export const getSystemTopicListFromBroker = {
  code: RequestCode.GET_SYSTEM_TOPIC_LIST_FROM_BROKER,
  request: headerFields({}),
  response: headerFields({}),
} as const;
