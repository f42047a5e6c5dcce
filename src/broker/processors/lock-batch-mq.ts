// SPDX-License-Identifier: Apache-2.0
/** Queue locks of orderly consumers (41, 42). Source: AdminBrokerProcessor; remoting §2.5.2. */

import { decodeLockBatchBody, encodeLockOkQueues } from '../../protocol/lock-batch-body.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import type { BrokerServices } from '../broker-services.ts';
import { succeed } from './answers.ts';

export function lockBatchMqProcessor({ locks }: BrokerServices): RequestProcessor {
  return ({ request }) => {
    const { consumerGroup, mqSet, clientId } = decodeLockBatchBody(request.body);
    const held = locks.lock(consumerGroup, mqSet, clientId);
    return succeed(request, { body: encodeLockOkQueues(held) });
  };
}

export function unlockBatchMqProcessor({ locks }: BrokerServices): RequestProcessor {
  return ({ request }) => {
    const { consumerGroup, mqSet, clientId } = decodeLockBatchBody(request.body);
    locks.unlock(consumerGroup, mqSet, clientId);
    return succeed(request);
  };
}
