// SPDX-License-Identifier: Apache-2.0
/** Code 319: every setting as text. Source: namesrv §4.13. */
import { ResponseCode } from '../../protocol/codes.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import { createResponse } from '../../protocol/remoting-command.ts';
import type { NamesrvContext } from '../namesrv-context.ts';

export function getNamesrvConfigProcessor({ configText }: NamesrvContext): RequestProcessor {
  return ({ request }) => {
    const body = new TextEncoder().encode(configText.render());
    return createResponse(request, ResponseCode.SUCCESS, { body });
  };
}
