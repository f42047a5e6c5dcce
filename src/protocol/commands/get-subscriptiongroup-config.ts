// SPDX-License-Identifier: Apache-2.0
/**
 * Code 352, admin to broker: one group. Body: subscription-group-config.ts.
 * Source: GetSubscriptionGroupConfigRequestHeader; admin §3.4.
 */
import { RequestCode } from '../codes.ts';
import { headerFields, optional, required } from '../header-fields.ts';

export const getSubscriptiongroupConfig = {
  code: RequestCode.GET_SUBSCRIPTIONGROUP_CONFIG,
  request: headerFields({
    group: required.text,
    bname: optional.text,
  }),
  response: headerFields({}),
} as const;
