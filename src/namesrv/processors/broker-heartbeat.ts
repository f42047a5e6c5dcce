// SPDX-License-Identifier: Apache-2.0
/** BROKER_HEARTBEAT 904: refreshes a live broker, nothing else. namesrv §4.7. */
import { brokerHeartbeat as command } from '../../protocol/commands/broker-heartbeat.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import { createResponse } from '../../protocol/remoting-command.ts';
import type { NamesrvParts } from './parts.ts';

export function brokerHeartbeatProcessor({ routes }: NamesrvParts): RequestProcessor {
  return ({ request }) => {
    const { clusterName, brokerAddr } = command.request.decode(request.extFields);
    routes.touch(clusterName, brokerAddr);
    return createResponse(request);
  };
}
