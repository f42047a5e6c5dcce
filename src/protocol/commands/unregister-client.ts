// SPDX-License-Identifier: Apache-2.0
/**
 * Code 35, client to broker: a client leaves its groups. C++ sends empty group names for none.
 * Source: UnregisterClientRequestHeader; remoting §2.5.2.
 */
import { RequestCode } from '../codes.ts';
import { headerFields, optional, required } from '../header-fields.ts';

export const unregisterClient = {
  code: RequestCode.UNREGISTER_CLIENT,
  request: headerFields({
    clientID: required.text,
    producerGroup: optional.text,
    consumerGroup: optional.text,
    bname: optional.text,
  }),
  response: headerFields({}),
} as const;
