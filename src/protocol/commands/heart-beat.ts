// SPDX-License-Identifier: Apache-2.0
/**
 * Code 34, client to broker: which groups a client belongs to. Body: heartbeat-data.ts.
 * Source: ClientManageProcessor; remoting §2.5.1.
 */
import { RequestCode } from '../codes.ts';
import { headerFields, optional } from '../header-fields.ts';

export const heartBeat = {
  code: RequestCode.HEART_BEAT,
  request: headerFields({}),
  response: headerFields({
    IS_SUPPORT_HEART_BEAT_V2: optional.boolean,
    IS_SUB_CHANGE: optional.boolean,
  }),
} as const;
