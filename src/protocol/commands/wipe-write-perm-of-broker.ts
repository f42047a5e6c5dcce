// SPDX-License-Identifier: Apache-2.0
/**
 * Code 205, admin to name server: stop writes to a broker until it registers a change.
 * Source: WipeWritePermOfBrokerRequestHeader; namesrv §4.10.
 */
import { RequestCode } from '../codes.ts';
import { headerFields, required } from '../header-fields.ts';

export const wipeWritePermOfBroker = {
  code: RequestCode.WIPE_WRITE_PERM_OF_BROKER,
  request: headerFields({
    brokerName: required.text,
  }),
  response: headerFields({
    wipeTopicCount: required.int32,
  }),
} as const;
