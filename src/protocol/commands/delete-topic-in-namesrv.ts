// SPDX-License-Identifier: Apache-2.0
/**
 * Code 216, admin to name server: forget a topic, on one cluster's brokers when given.
 * Source: DeleteTopicFromNamesrvRequestHeader; namesrv §4.12.
 */
import { RequestCode } from '../codes.ts';
import { headerFields, optional, required } from '../header-fields.ts';

export const deleteTopicInNamesrv = {
  code: RequestCode.DELETE_TOPIC_IN_NAMESRV,
  request: headerFields({
    topic: required.text,
    clusterName: optional.text,
  }),
  response: headerFields({}),
} as const;
