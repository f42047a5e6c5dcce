// SPDX-License-Identifier: Apache-2.0
/** Messages by key or tag from the index (12). Source: QueryMessageProcessor; remoting §2.6. */
import { ResponseCode } from '../../protocol/codes.ts';
import { queryMessage } from '../../protocol/commands/query-message.ts';
import { MAX_FRAME_BYTES } from '../../protocol/frame.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import type { BrokerServices } from '../broker-services.ts';
import { refuse, succeed } from './answers.ts';
import { safeMs } from './safe-ms.ts';

/** Room for the header of the answer; what does not fit the frame is left out. */
const MAX_BODY_BYTES = MAX_FRAME_BYTES - 65_536;

export function queryMessageProcessor(services: BrokerServices): RequestProcessor {
  const { config, diskReads } = services;
  return async ({ request }) => {
    const header = queryMessage.request.decode(request.extFields);
    const byUniqueKey = header._UNIQUE_KEY_QUERY === true;
    const asked = byUniqueKey ? config.defaultQueryMaxNum : header.maxNum;
    const { offsets, lastUpdateMs, lastOffset } = await diskReads.queryIndex({
      topic: header.topic,
      key: header.indexType === 'T' && !byUniqueKey ? `T#${header.key}` : header.key,
      maxCount: Math.max(0, Math.min(asked, config.maxMsgsNumBatch)),
      beginMs: safeMs(header.beginTimestamp),
      endMs: safeMs(header.endTimestamp),
    });
    const sorted = [...offsets].sort((left, right) => left - right);
    const records = await Promise.all(sorted.map((offset) => diskReads.lookMessage(offset)));
    const body = concatenate(records.filter((record) => record !== undefined));
    if (body.length === 0) {
      const remark = 'can not find message, maybe time range not correct';
      return refuse(request, ResponseCode.QUERY_NOT_FOUND, remark);
    }
    const extFields = queryMessage.response.encode({
      indexLastUpdateTimestamp: lastUpdateMs,
      indexLastUpdatePhyoffset: lastOffset,
    });
    return succeed(request, { body, extFields });
  };
}

function concatenate(records: readonly Uint8Array[]): Uint8Array {
  let size = 0;
  const fitting = records.filter((record) => {
    if (size + record.length > MAX_BODY_BYTES) return false;
    size += record.length;
    return true;
  });
  const body = new Uint8Array(size);
  let at = 0;
  for (const record of fitting) {
    body.set(record, at);
    at += record.length;
  }
  return body;
}
