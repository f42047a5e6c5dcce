// SPDX-License-Identifier: Apache-2.0
/**
 * Code 102, admin to name server: remove a key. Source: DeleteKVConfigRequestHeader; namesrv §4.13.
 */
import { RequestCode } from '../codes.ts';
import { headerFields, optional } from '../header-fields.ts';

export const deleteKvConfig = {
  code: RequestCode.DELETE_KV_CONFIG,
  request: headerFields({
    namespace: optional.text,
    key: optional.text,
  }),
  response: headerFields({}),
} as const;
