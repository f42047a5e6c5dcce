// SPDX-License-Identifier: Apache-2.0
/**
 * Code 21, admin or slave to broker: every topic, in pages where the requester asks for pages.
 * Body: topic-config-table.ts. Source: GetAllTopicConfigRequestHeader; admin §3.3.
 */
import { RequestCode } from '../codes.ts';
import { headerFields, optional } from '../header-fields.ts';

export const getAllTopicConfig = {
  code: RequestCode.GET_ALL_TOPIC_CONFIG,
  request: headerFields({
    topicSeq: optional.int32,
    dataVersion: optional.text,
    maxTopicNum: optional.int32,
  }),
  response: headerFields({
    totalTopicNum: optional.int32,
  }),
} as const;
