// SPDX-License-Identifier: Apache-2.0
/**
 * Code 219, admin to name server: a namespace's keys, or QUERY_NOT_FOUND (22). Body: kv-table.ts.
 * Source: GetKVListByNamespaceRequestHeader; namesrv §4.13.
 */
import { RequestCode } from '../codes.ts';
import { headerFields, required } from '../header-fields.ts';

export const getKvlistByNamespace = {
  code: RequestCode.GET_KVLIST_BY_NAMESPACE,
  request: headerFields({
    namespace: required.text,
  }),
  response: headerFields({}),
} as const;
