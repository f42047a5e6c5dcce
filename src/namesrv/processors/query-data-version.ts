// SPDX-License-Identifier: Apache-2.0
/**
 * Code 322: does a broker's version differ from the registered one? A sign of life too.
 * Source: namesrv §4.6.
 */
import { ResponseCode } from '../../protocol/codes.ts';
import {
  decodeDataVersion,
  encodeDataVersion,
  queryDataVersion,
} from '../../protocol/commands/query-data-version.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import { createResponse } from '../../protocol/remoting-command.ts';
import type { NamesrvContext } from '../namesrv-context.ts';

export function queryDataVersionProcessor({ routes }: NamesrvContext): RequestProcessor {
  return ({ request }) => {
    const { clusterName, brokerAddr } = queryDataVersion.request.decode(request.extFields);
    const changed = routes.isChanged(clusterName, brokerAddr, decodeDataVersion(request.body));
    routes.touch(clusterName, brokerAddr);
    const known = routes.dataVersionOf(clusterName, brokerAddr);
    return createResponse(request, ResponseCode.SUCCESS, {
      extFields: queryDataVersion.response.encode({ changed }),
      body: known === undefined ? undefined : encodeDataVersion(known),
    });
  };
}
