// SPDX-License-Identifier: Apache-2.0
/**
 * Code 904, broker to name server, oneway: a sign of life. The optional fields are for controllers.
 * Source: BrokerHeartbeatRequestHeader; namesrv §4.7.
 */
import { RequestCode } from '../codes.ts';
import { headerFields, optional, required } from '../header-fields.ts';

export const brokerHeartbeat = {
  code: RequestCode.BROKER_HEARTBEAT,
  request: headerFields({
    clusterName: required.text,
    brokerAddr: required.text,
    brokerName: required.text,
    brokerId: optional.int64,
    epoch: optional.int32,
    maxOffset: optional.int64,
    confirmOffset: optional.int64,
    heartbeatTimeoutMills: optional.int64,
    electionPriority: optional.int32,
  }),
  response: headerFields({}),
} as const;
