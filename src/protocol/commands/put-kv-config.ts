// SPDX-License-Identifier: Apache-2.0
/**
 * Code 100, admin to name server: set a key. Source: PutKVConfigRequestHeader; namesrv §4.13.
 */
import { RequestCode } from '../codes.ts';
import { headerFields, optional } from '../header-fields.ts';

export const putKvConfig = {
  code: RequestCode.PUT_KV_CONFIG,
  request: headerFields({
    namespace: optional.text,
    key: optional.text,
    value: optional.text,
  }),
  response: headerFields({}),
} as const;
