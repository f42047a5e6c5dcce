// SPDX-License-Identifier: Apache-2.0
/**
 * Code 28, admin to broker: counters and states. Body: kv-table.ts. Source: admin §4.
 */
import { RequestCode } from '../codes.ts';
import { headerFields } from '../header-fields.ts';

export const getBrokerRuntimeInfo = {
  code: RequestCode.GET_BROKER_RUNTIME_INFO,
  request: headerFields({}),
  response: headerFields({}),
} as const;
