// SPDX-License-Identifier: Apache-2.0
/** Code 100: sets a key and writes the file before it answers. Source: namesrv §4.13. */
import { ResponseCode } from '../../protocol/codes.ts';
import { putKvConfig } from '../../protocol/commands/put-kv-config.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import { createResponse } from '../../protocol/remoting-command.ts';
import type { NamesrvContext } from '../namesrv-context.ts';

export function putKvConfigProcessor({ kvConfig }: NamesrvContext): RequestProcessor {
  return async ({ request }) => {
    const { namespace, key, value } = putKvConfig.request.decode(request.extFields);
    if (namespace === undefined || key === undefined) {
      const remark = 'namespace or key is null';
      return createResponse(request, ResponseCode.SYSTEM_ERROR, { remark });
    }
    await kvConfig.put(namespace, key, value ?? '');
    return createResponse(request);
  };
}
