// SPDX-License-Identifier: Apache-2.0
/**
 * Code 905, name server to broker, oneway: the smallest broker id of the group changed.
 * Source: NotifyMinBrokerIdChangeRequestHeader; namesrv §4.8.
 */
import { RequestCode } from '../codes.ts';
import { headerFields, optional } from '../header-fields.ts';

export const notifyMinBrokerIdChange = {
  code: RequestCode.NOTIFY_MIN_BROKER_ID_CHANGE,
  request: headerFields({
    minBrokerId: optional.int64,
    brokerName: optional.text,
    minBrokerAddr: optional.text,
    offlineBrokerAddr: optional.text,
    haBrokerAddr: optional.text,
  }),
  response: headerFields({}),
} as const;
