// SPDX-License-Identifier: Apache-2.0
/**
 * Code 201, admin or slave to broker: every group, in pages where the requester asks for pages.
 * Body: subscription-group-config.ts. Source: GetAllSubscriptionGroupRequestHeader; admin §3.3.
 */
import { RequestCode } from '../codes.ts';
import { headerFields, optional } from '../header-fields.ts';

export const getAllSubscriptiongroupConfig = {
  code: RequestCode.GET_ALL_SUBSCRIPTIONGROUP_CONFIG,
  request: headerFields({
    groupSeq: optional.int32,
    dataVersion: optional.text,
    maxGroupNum: optional.int32,
  }),
  response: headerFields({
    totalGroupNum: optional.int32,
  }),
} as const;
