// SPDX-License-Identifier: Apache-2.0
/**
 * Code 327, admin to name server: set permission 6 on every topic of a broker.
 * Source: AddWritePermOfBrokerRequestHeader; namesrv §4.10.
 */
import { RequestCode } from '../codes.ts';
import { headerFields, required } from '../header-fields.ts';

export const addWritePermOfBroker = {
  code: RequestCode.ADD_WRITE_PERM_OF_BROKER,
  request: headerFields({
    brokerName: required.text,
  }),
  response: headerFields({
    addTopicCount: required.int32,
  }),
} as const;
