// SPDX-License-Identifier: Apache-2.0
/**
 * Code 217, broker to name server: one topic's queues. Body: topic-route.ts, its queueDatas.
 * Source: RegisterTopicRequestHeader; namesrv §4.12.
 */
import { RequestCode } from '../codes.ts';
import { headerFields, required } from '../header-fields.ts';

export const registerTopicInNamesrv = {
  code: RequestCode.REGISTER_TOPIC_IN_NAMESRV,
  request: headerFields({
    topic: required.text,
  }),
  response: headerFields({}),
} as const;
