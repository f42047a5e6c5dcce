// SPDX-License-Identifier: Apache-2.0
/**
 * Code 208, admin to broker: how far a group is, by queue. Body: queue-statistics.ts.
 * `topicList` is joined by `;`. Source: GetConsumeStatsRequestHeader; admin §3.4.
 */
import { RequestCode } from '../codes.ts';
import { headerFields, optional, required } from '../header-fields.ts';

export const getConsumeStats = {
  code: RequestCode.GET_CONSUME_STATS,
  request: headerFields({
    consumerGroup: required.text,
    topic: optional.text,
    topicList: optional.text,
    bname: optional.text,
  }),
  response: headerFields({}),
} as const;
