// SPDX-License-Identifier: Apache-2.0
/**
 * Code 40, broker to client, oneway: the members of a group changed; rebalance now.
 * Source: NotifyConsumerIdsChangedRequestHeader; remoting §2.7.1.
 */
import { RequestCode } from '../codes.ts';
import { headerFields, required } from '../header-fields.ts';

export const notifyConsumerIdsChanged = {
  code: RequestCode.NOTIFY_CONSUMER_IDS_CHANGED,
  request: headerFields({
    consumerGroup: required.text,
  }),
  response: headerFields({}),
} as const;
