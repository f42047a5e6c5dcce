// SPDX-License-Identifier: Apache-2.0
/**
 * Code 207, admin to broker: delete a group, with its offsets when `cleanOffset`.
 * Source: DeleteSubscriptionGroupRequestHeader; admin §3.4.
 */
import { RequestCode } from '../codes.ts';
import { headerFields, optional, required } from '../header-fields.ts';

export const deleteSubscriptiongroup = {
  code: RequestCode.DELETE_SUBSCRIPTIONGROUP,
  request: headerFields({
    groupName: required.text,
    cleanOffset: optional.boolean,
    bname: optional.text,
  }),
  response: headerFields({}),
} as const;
