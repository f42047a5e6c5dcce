// SPDX-License-Identifier: Apache-2.0
/** UPDATE_NAMESRV_CONFIG 318 and GET_NAMESRV_CONFIG 319. namesrv §4.13. */
import { parseProperties } from '../../core/config/properties.ts';
import { errorText } from '../../core/errors.ts';
import { RequestCode, ResponseCode } from '../../protocol/codes.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import { createResponse } from '../../protocol/remoting-command.ts';
import type { NamesrvParts } from './parts.ts';

/** Keys that nobody may change over the wire. Source: DefaultRequestProcessor. */
const lockedKeys = ['configBlackList', 'configStorePath', 'kvConfigPath', 'rocketmqHome'];

export function namesrvConfigProcessors(parts: NamesrvParts): [number, RequestProcessor][] {
  return [
    [
      RequestCode.UPDATE_NAMESRV_CONFIG,
      async ({ request }) => {
        if (request.body === undefined) return createResponse(request);
        const changes = new Map(
          parseProperties(new TextDecoder().decode(request.body)).map(({ key, value }) => [
            key,
            value,
          ]),
        );
        if (changes.size === 0) {
          const remark = 'string2Properties error';
          return createResponse(request, ResponseCode.SYSTEM_ERROR, { remark });
        }
        const locked = [...lockedKeys, ...parts.config.configBlackList.split(';')];
        if (locked.some((key) => changes.has(key.trim()))) {
          const remark = 'Can not update config in black list.';
          return createResponse(request, ResponseCode.NO_PERMISSION, { remark });
        }
        try {
          await parts.configText.apply(changes);
        } catch (error) {
          const remark = errorText(error);
          return createResponse(request, ResponseCode.SYSTEM_ERROR, { remark });
        }
        return createResponse(request);
      },
    ],
    [
      RequestCode.GET_NAMESRV_CONFIG,
      ({ request }) => {
        const body = new TextEncoder().encode(parts.configText.render());
        return createResponse(request, ResponseCode.SUCCESS, { body });
      },
    ],
  ];
}
