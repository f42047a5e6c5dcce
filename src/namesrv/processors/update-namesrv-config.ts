// SPDX-License-Identifier: Apache-2.0
/**
 * Code 318: changes settings, except those that would move the server's own files.
 * Source: DefaultRequestProcessor.updateConfig; namesrv §4.13.
 */
import { parseProperties } from '../../core/config/properties.ts';
import { ResponseCode } from '../../protocol/codes.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import { createResponse } from '../../protocol/remoting-command.ts';
import type { NamesrvContext } from '../namesrv-context.ts';

/** Never changed from outside, besides the keys of `configBlackList`. */
const FIXED_KEYS = ['configBlackList', 'configStorePath', 'kvConfigPath', 'rocketmqHome'];

export function updateNamesrvConfigProcessor(context: NamesrvContext): RequestProcessor {
  const { config, configText, log } = context;
  return async ({ request, connection }) => {
    if (request.body === undefined) return createResponse(request);
    const changes = readProperties(request.body);
    if (changes === undefined) {
      const remark = 'string2Properties error';
      return createResponse(request, ResponseCode.SYSTEM_ERROR, { remark });
    }
    const listed = config.configBlackList.split(';').map((key) => key.trim());
    if ([...FIXED_KEYS, ...listed].some((key) => changes.has(key))) {
      const remark = 'Can not update config in black list.';
      return createResponse(request, ResponseCode.NO_PERMISSION, { remark });
    }
    await configText.apply(changes);
    log.info('settings changed', { by: connection.remote.host, keys: [...changes.keys()] });
    return createResponse(request);
  };
}

function readProperties(body: Uint8Array): Map<string, string> | undefined {
  try {
    const pairs = parseProperties(new TextDecoder('utf-8', { fatal: true }).decode(body));
    return new Map(pairs.map(({ key, value }) => [key, value]));
  } catch {
    return undefined;
  }
}
