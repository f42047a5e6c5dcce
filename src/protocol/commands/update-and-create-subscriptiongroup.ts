// SPDX-License-Identifier: Apache-2.0
/**
 * Code 200, admin to broker: create or change a group. Body: subscription-group-config.ts.
 * Source: AdminBrokerProcessor; admin §3.4.
 */
import { RequestCode } from '../codes.ts';
import { headerFields } from '../header-fields.ts';

export const updateAndCreateSubscriptiongroup = {
  code: RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP,
  request: headerFields({}),
  response: headerFields({}),
} as const;
