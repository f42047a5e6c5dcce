// SPDX-License-Identifier: Apache-2.0
/** Code 219: every key of a namespace. Source: namesrv §4.13. */
import { ResponseCode } from '../../protocol/codes.ts';
import { getKvlistByNamespace } from '../../protocol/commands/get-kvlist-by-namespace.ts';
import { encodeKvTable } from '../../protocol/kv-table.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import { createResponse } from '../../protocol/remoting-command.ts';
import type { NamesrvContext } from '../namesrv-context.ts';

export function getKvlistByNamespaceProcessor({ kvConfig }: NamesrvContext): RequestProcessor {
  return ({ request }) => {
    const { namespace } = getKvlistByNamespace.request.decode(request.extFields);
    const table = kvConfig.namespaceTable(namespace);
    if (table === undefined) {
      const remark = `No config item, Namespace: ${namespace}`;
      return createResponse(request, ResponseCode.QUERY_NOT_FOUND, { remark });
    }
    return createResponse(request, ResponseCode.SUCCESS, { body: encodeKvTable(table) });
  };
}
