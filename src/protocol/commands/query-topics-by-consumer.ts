// SPDX-License-Identifier: Apache-2.0
/**
 * Code 343, admin to broker: topics that a group holds offsets of. Body: topic-list.ts.
 * Source: QueryTopicsByConsumerRequestHeader; admin §3.4.
 */
import { RequestCode } from '../codes.ts';
import { headerFields, optional, required } from '../header-fields.ts';

export const queryTopicsByConsumer = {
  code: RequestCode.QUERY_TOPICS_BY_CONSUMER,
  request: headerFields({
    group: required.text,
    bname: optional.text,
  }),
  response: headerFields({}),
} as const;
