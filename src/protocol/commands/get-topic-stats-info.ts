// SPDX-License-Identifier: Apache-2.0
/**
 * Code 202, admin to broker: offsets and last store time by queue. Body: queue-statistics.ts.
 * Source: GetTopicStatsInfoRequestHeader; admin §3.2.
 */
import { RequestCode } from '../codes.ts';
import { headerFields, optional, required } from '../header-fields.ts';

export const getTopicStatsInfo = {
  code: RequestCode.GET_TOPIC_STATS_INFO,
  request: headerFields({
    topic: required.text,
    bname: optional.text,
  }),
  response: headerFields({}),
} as const;
