// SPDX-License-Identifier: Apache-2.0
/** Code 102: removes a key; a success also when there was none. Source: namesrv §4.13. */
import { ResponseCode } from '../../protocol/codes.ts';
import { deleteKvConfig } from '../../protocol/commands/delete-kv-config.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import { createResponse } from '../../protocol/remoting-command.ts';
import type { NamesrvContext } from '../namesrv-context.ts';

export function deleteKvConfigProcessor({ kvConfig }: NamesrvContext): RequestProcessor {
  return async ({ request }) => {
    const { namespace, key } = deleteKvConfig.request.decode(request.extFields);
    if (namespace === undefined || key === undefined) {
      const remark = 'namespace or key is null';
      return createResponse(request, ResponseCode.SYSTEM_ERROR, { remark });
    }
    await kvConfig.delete(namespace, key);
    return createResponse(request);
  };
}
