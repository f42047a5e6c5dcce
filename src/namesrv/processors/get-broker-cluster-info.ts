// SPDX-License-Identifier: Apache-2.0
/** Code 106: every cluster and broker. Source: namesrv §4.5. */
import { encodeClusterInfo } from '../../protocol/cluster-info.ts';
import { ResponseCode } from '../../protocol/codes.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import { createResponse } from '../../protocol/remoting-command.ts';
import type { NamesrvContext } from '../namesrv-context.ts';

export function getBrokerClusterInfoProcessor({ routes }: NamesrvContext): RequestProcessor {
  return ({ request, connection }) => {
    const body = encodeClusterInfo(routes.clusterInfo(connection));
    return createResponse(request, ResponseCode.SUCCESS, { body });
  };
}
