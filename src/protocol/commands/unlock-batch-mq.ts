// SPDX-License-Identifier: Apache-2.0
/**
 * Code 42, client to broker, often oneway: release queues. Body: lock-batch-body.ts.
 * Source: UnlockBatchRequestBody; remoting §2.5.2.
 */
import { RequestCode } from '../codes.ts';
import { headerFields } from '../header-fields.ts';

export const unlockBatchMq = {
  code: RequestCode.UNLOCK_BATCH_MQ,
  request: headerFields({}),
  response: headerFields({}),
} as const;
