// SPDX-License-Identifier: Apache-2.0
/** GET_BROKER_CLUSTER_INFO 106. */

import { encodeClusterInfo } from '../../protocol/cluster-info.ts';
import { ResponseCode } from '../../protocol/codes.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import { createResponse } from '../../protocol/remoting-command.ts';
import { clusterInfo } from '../route-queries.ts';
import type { NamesrvParts } from './parts.ts';

export function getBrokerClusterInfoProcessor(parts: NamesrvParts): RequestProcessor {
  return ({ request, connection }) =>
    createResponse(request, ResponseCode.SUCCESS, {
      body: encodeClusterInfo(clusterInfo(parts.routes, connection)),
    });
}
