// SPDX-License-Identifier: Apache-2.0
/**
 * Code 103, broker to name server: a broker and its topics. Body: register-broker-body.ts; answer
 * body: kv-table.ts of order topics. The two `apogee` fields are ours, unknown to Apache:
 * `apogeeAddressAuto`: brokerIP1 was not set; `apogeeWebSocketPort`: where browsers connect.
 * Source: RegisterBrokerRequestHeader; namesrv §4.1.
 */
import { RequestCode } from '../codes.ts';
import { type HeaderOf, headerFields, optional, required } from '../header-fields.ts';

export const registerBroker = {
  code: RequestCode.REGISTER_BROKER,
  request: headerFields({
    brokerName: required.text,
    brokerAddr: required.text,
    clusterName: required.text,
    haServerAddr: required.text,
    brokerId: required.int64,
    heartbeatTimeoutMillis: optional.int64,
    enableActingMaster: optional.boolean,
    compressed: optional.boolean,
    bodyCrc32: optional.int32,
    __ZONE_NAME: optional.text,
    apogeeAddressAuto: optional.boolean,
    apogeeWebSocketPort: optional.int32,
  }),
  response: headerFields({
    haServerAddr: optional.text,
    masterAddr: optional.text,
  }),
} as const;

export type RegisterBrokerHeader = HeaderOf<typeof registerBroker.request.shape>;
