// SPDX-License-Identifier: Apache-2.0
/** Code 101: a key's value. Source: namesrv §4.13. */
import { ResponseCode } from '../../protocol/codes.ts';
import { getKvConfig } from '../../protocol/commands/get-kv-config.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import { createResponse } from '../../protocol/remoting-command.ts';
import type { NamesrvContext } from '../namesrv-context.ts';

export function getKvConfigProcessor({ kvConfig }: NamesrvContext): RequestProcessor {
  return ({ request }) => {
    const { namespace = '', key = '' } = getKvConfig.request.decode(request.extFields);
    const value = kvConfig.get(namespace, key);
    if (value === undefined) {
      const remark = `No config item, Namespace: ${namespace} Key: ${key}`;
      return createResponse(request, ResponseCode.QUERY_NOT_FOUND, { remark });
    }
    const extFields = getKvConfig.response.encode({ value });
    return createResponse(request, ResponseCode.SUCCESS, { extFields });
  };
}
