// SPDX-License-Identifier: Apache-2.0
/**
 * Code 224, admin to name server: topics on any broker of a cluster. Body: topic-list.ts.
 * Source: GetTopicsByClusterRequestHeader; namesrv §4.11.
 */
import { RequestCode } from '../codes.ts';
import { headerFields, required } from '../header-fields.ts';

export const getTopicsByCluster = {
  code: RequestCode.GET_TOPICS_BY_CLUSTER,
  request: headerFields({
    cluster: required.text,
  }),
  response: headerFields({}),
} as const;
