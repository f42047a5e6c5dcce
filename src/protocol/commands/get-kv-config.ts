// SPDX-License-Identifier: Apache-2.0
/**
 * Code 101, admin to name server: a key's value, or QUERY_NOT_FOUND (22).
 * Source: GetKVConfigRequestHeader; namesrv §4.13.
 */
import { RequestCode } from '../codes.ts';
import { headerFields, optional } from '../header-fields.ts';

export const getKvConfig = {
  code: RequestCode.GET_KV_CONFIG,
  request: headerFields({
    namespace: optional.text,
    key: optional.text,
  }),
  response: headerFields({
    value: optional.text,
  }),
} as const;
