// SPDX-License-Identifier: Apache-2.0
/** Code 904: a sign of life of a registered broker. Source: namesrv §4.7. */
import { brokerHeartbeat } from '../../protocol/commands/broker-heartbeat.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import { createResponse } from '../../protocol/remoting-command.ts';
import type { NamesrvContext } from '../namesrv-context.ts';

export function brokerHeartbeatProcessor({ routes }: NamesrvContext): RequestProcessor {
  return ({ request }) => {
    const { clusterName, brokerAddr } = brokerHeartbeat.request.decode(request.extFields);
    routes.touch(clusterName, brokerAddr);
    return createResponse(request);
  };
}
