// SPDX-License-Identifier: Apache-2.0
/** Ids of the clients of a group (38). Source: ConsumerManageProcessor; remoting §2.5.2. */
import { ResponseCode } from '../../protocol/codes.ts';
import {
  encodeConsumerIdList,
  getConsumerListByGroup,
} from '../../protocol/commands/get-consumer-list-by-group.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import type { BrokerServices } from '../broker-services.ts';
import { refuse, succeed } from './answers.ts';

export function getConsumerListByGroupProcessor({ consumers }: BrokerServices): RequestProcessor {
  return ({ request }) => {
    const { consumerGroup } = getConsumerListByGroup.request.decode(request.extFields);
    const members = consumers.get(consumerGroup);
    if (members === undefined) {
      const remark = `no consumer for this group, ${consumerGroup}`;
      return refuse(request, ResponseCode.SYSTEM_ERROR, remark);
    }
    const clientIds = [...members.clients.values()].map(({ clientId }) => clientId);
    return succeed(request, { body: encodeConsumerIdList(clientIds) });
  };
}
