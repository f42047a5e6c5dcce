// SPDX-License-Identifier: Apache-2.0
/**
 * Code 104, broker to name server: a broker leaves; takes effect soon after the answer.
 * Source: UnRegisterBrokerRequestHeader; namesrv §4.3.
 */
import { RequestCode } from '../codes.ts';
import { headerFields, required } from '../header-fields.ts';

export const unregisterBroker = {
  code: RequestCode.UNREGISTER_BROKER,
  request: headerFields({
    brokerName: required.text,
    brokerAddr: required.text,
    clusterName: required.text,
    brokerId: required.int64,
  }),
  response: headerFields({}),
} as const;
