// SPDX-License-Identifier: Apache-2.0
/**
 * How far a group is (14). A group that never committed starts at 0 while the queue is young, so
 * that nothing sent before its first start is lost.
 * Source: ConsumerManageProcessor.queryConsumerOffset; remoting §2.5.3.
 */
import { ResponseCode } from '../../protocol/codes.ts';
import { queryConsumerOffset } from '../../protocol/commands/query-consumer-offset.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import type { BrokerServices } from '../broker-services.ts';
import { refuse, succeed } from './answers.ts';

export function queryConsumerOffsetProcessor({ offsets, store }: BrokerServices): RequestProcessor {
  return ({ request }) => {
    const header = queryConsumerOffset.request.decode(request.extFields);
    const { consumerGroup, topic, queueId } = header;
    const answer = (offset: number) =>
      succeed(request, { extFields: queryConsumerOffset.response.encode({ offset }) });
    const committed = offsets.query(consumerGroup, topic, queueId);
    if (committed >= 0) return answer(committed);
    if (header.setZeroIfNotFound === false) {
      const remark = 'Not found, do not set to zero, maybe this group boot first';
      return refuse(request, ResponseCode.QUERY_NOT_FOUND, remark);
    }
    const isYoung = store.minOffset(topic, queueId) <= 0 && store.isInMemory(topic, queueId, 0);
    if (isYoung) return answer(0);
    const remark = 'Not found, V3_0_6_SNAPSHOT maybe this group consumer boot first';
    return refuse(request, ResponseCode.QUERY_NOT_FOUND, remark);
  };
}
