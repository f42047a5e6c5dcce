// SPDX-License-Identifier: Apache-2.0
/**
 * Code 41, client to broker: lock queues for orderly consumption. Bodies: lock-batch-body.ts.
 * Source: LockBatchRequestBody; remoting §2.5.2.
 */
import { RequestCode } from '../codes.ts';
import { headerFields } from '../header-fields.ts';

export const lockBatchMq = {
  code: RequestCode.LOCK_BATCH_MQ,
  request: headerFields({}),
  response: headerFields({}),
} as const;
