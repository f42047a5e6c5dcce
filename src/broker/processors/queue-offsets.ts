// SPDX-License-Identifier: Apache-2.0
/**
 * Where a queue begins and ends, by position and by time (29, 30, 31, 32). Unknown topics answer
 * from the store, as Apache's do. Source: AdminBrokerProcessor; remoting §2.5.2, store §8.4.
 */
import { getEarliestMsgStoretime } from '../../protocol/commands/get-earliest-msg-storetime.ts';
import { getMaxOffset } from '../../protocol/commands/get-max-offset.ts';
import { getMinOffset } from '../../protocol/commands/get-min-offset.ts';
import {
  boundaryTypeOf,
  searchOffsetByTimestamp,
} from '../../protocol/commands/search-offset-by-timestamp.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import type { BrokerServices } from '../broker-services.ts';
import { succeed } from './answers.ts';
import { safeMs } from './safe-ms.ts';

export function searchOffsetByTimestampProcessor({ store }: BrokerServices): RequestProcessor {
  return ({ request }) => {
    const header = searchOffsetByTimestamp.request.decode(request.extFields);
    const offset = store.offsetByTime(
      header.topic,
      header.queueId,
      safeMs(header.timestamp),
      boundaryTypeOf(header.boundaryType) === 'UPPER',
    );
    return succeed(request, { extFields: searchOffsetByTimestamp.response.encode({ offset }) });
  };
}

export function getMaxOffsetProcessor({ store }: BrokerServices): RequestProcessor {
  return ({ request }) => {
    const { topic, queueId } = getMaxOffset.request.decode(request.extFields);
    const offset = store.maxOffset(topic, queueId);
    return succeed(request, { extFields: getMaxOffset.response.encode({ offset }) });
  };
}

export function getMinOffsetProcessor({ store }: BrokerServices): RequestProcessor {
  return ({ request }) => {
    const { topic, queueId } = getMinOffset.request.decode(request.extFields);
    const offset = store.minOffset(topic, queueId);
    return succeed(request, { extFields: getMinOffset.response.encode({ offset }) });
  };
}

export function getEarliestMsgStoretimeProcessor({ store }: BrokerServices): RequestProcessor {
  return ({ request }) => {
    const { topic, queueId } = getEarliestMsgStoretime.request.decode(request.extFields);
    const minOffset = store.minOffset(topic, queueId);
    const timestamp = store.storeTimestamp(topic, queueId, minOffset);
    return succeed(request, { extFields: getEarliestMsgStoretime.response.encode({ timestamp }) });
  };
}
