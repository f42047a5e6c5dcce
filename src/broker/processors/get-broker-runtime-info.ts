// SPDX-License-Identifier: Apache-2.0
/** Counters and states of this broker (28). Source: AdminBrokerProcessor; admin §4. */

import { encodeKvTable } from '../../protocol/kv-table.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import type { BrokerServices } from '../broker-services.ts';
import { runtimeInfo } from '../runtime-info.ts';
import { succeed } from './answers.ts';

export function getBrokerRuntimeInfoProcessor(services: BrokerServices): RequestProcessor {
  return async ({ request, nowMs }) =>
    succeed(request, { body: encodeKvTable(await runtimeInfo(services, nowMs)) });
}
