// SPDX-License-Identifier: Apache-2.0
/**
 * Code 328, admin to broker: every producer by group. Body: client-connections.ts.
 * Source: ProducerTableInfo; admin §3.5.
 */
import { RequestCode } from '../codes.ts';
import { headerFields } from '../header-fields.ts';

export const getAllProducerInfo = {
  code: RequestCode.GET_ALL_PRODUCER_INFO,
  request: headerFields({}),
  response: headerFields({}),
} as const;
