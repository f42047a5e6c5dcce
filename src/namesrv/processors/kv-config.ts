// SPDX-License-Identifier: Apache-2.0
/** The key-value table: 100 put, 101 get, 102 delete, 219 list. namesrv §4.13. */
import { RequestCode, ResponseCode } from '../../protocol/codes.ts';
import { deleteKvConfig } from '../../protocol/commands/delete-kv-config.ts';
import { getKvConfig } from '../../protocol/commands/get-kv-config.ts';
import { getKvlistByNamespace } from '../../protocol/commands/get-kvlist-by-namespace.ts';
import { putKvConfig } from '../../protocol/commands/put-kv-config.ts';
import { encodeKvTable } from '../../protocol/kv-table.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import { createResponse } from '../../protocol/remoting-command.ts';
import type { NamesrvParts } from './parts.ts';

export function kvConfigProcessors({ kv }: NamesrvParts): [number, RequestProcessor][] {
  return [
    [
      RequestCode.PUT_KV_CONFIG,
      async ({ request }) => {
        const { namespace, key, value } = putKvConfig.request.decode(request.extFields);
        if (namespace === undefined || key === undefined) {
          const remark = 'namespace or key is null';
          return createResponse(request, ResponseCode.SYSTEM_ERROR, { remark });
        }
        if (value !== undefined) await kv.put(namespace, key, value);
        return createResponse(request);
      },
    ],
    [
      RequestCode.GET_KV_CONFIG,
      ({ request }) => {
        const { namespace = '', key = '' } = getKvConfig.request.decode(request.extFields);
        const value = kv.get(namespace, key);
        if (value === undefined) {
          const remark = `No config item, Namespace: ${namespace} Key: ${key}`;
          return createResponse(request, ResponseCode.QUERY_NOT_FOUND, { remark });
        }
        const extFields = getKvConfig.response.encode({ value });
        return createResponse(request, ResponseCode.SUCCESS, { extFields });
      },
    ],
    [
      RequestCode.DELETE_KV_CONFIG,
      async ({ request }) => {
        const { namespace = '', key = '' } = deleteKvConfig.request.decode(request.extFields);
        await kv.delete(namespace, key);
        return createResponse(request);
      },
    ],
    [
      RequestCode.GET_KVLIST_BY_NAMESPACE,
      ({ request }) => {
        const { namespace = '' } = getKvlistByNamespace.request.decode(request.extFields);
        const pairs = kv.namespace(namespace);
        if (pairs === undefined) {
          const remark = `No config item, Namespace: ${namespace}`;
          return createResponse(request, ResponseCode.QUERY_NOT_FOUND, { remark });
        }
        return createResponse(request, ResponseCode.SUCCESS, { body: encodeKvTable(pairs) });
      },
    ],
  ];
}
