// SPDX-License-Identifier: Apache-2.0
/** Who is connected (203, 204, 328). Source: AdminBrokerProcessor; admin §3.5. */

import {
  encodeConsumerConnection,
  encodeProducerConnection,
  encodeProducerTable,
} from '../../protocol/client-connections.ts';
import { ResponseCode } from '../../protocol/codes.ts';
import { getConsumerConnectionList } from '../../protocol/commands/get-consumer-connection-list.ts';
import { getProducerConnectionList } from '../../protocol/commands/get-producer-connection-list.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import type { BrokerServices } from '../broker-services.ts';
import { remoteAddress, toClientConnection } from '../client/client-channel-info.ts';
import { refuse, succeed } from './answers.ts';

export function getConsumerConnectionListProcessor(services: BrokerServices): RequestProcessor {
  return ({ request }) => {
    const { consumerGroup } = getConsumerConnectionList.request.decode(request.extFields);
    const members = services.consumers.get(consumerGroup);
    if (members === undefined) {
      const remark = `the consumer group[${consumerGroup}] not online`;
      return refuse(request, ResponseCode.CONSUMER_NOT_ONLINE, remark);
    }
    const body = encodeConsumerConnection({
      connectionSet: [...members.clients.values()].map(toClientConnection),
      subscriptionTable: members.subscriptions,
      consumeType: members.traits.consumeType,
      messageModel: members.traits.messageModel,
      consumeFromWhere: members.traits.consumeFromWhere,
    });
    return succeed(request, { body });
  };
}

export function getProducerConnectionListProcessor(services: BrokerServices): RequestProcessor {
  return ({ request }) => {
    const { producerGroup } = getProducerConnectionList.request.decode(request.extFields);
    const clients = services.producers.clientsOf(producerGroup);
    if (clients.length === 0) {
      const remark = `the producer group[${producerGroup}] not exist`;
      return refuse(request, ResponseCode.SYSTEM_ERROR, remark);
    }
    return succeed(request, { body: encodeProducerConnection(clients.map(toClientConnection)) });
  };
}

export function getAllProducerInfoProcessor({ producers }: BrokerServices): RequestProcessor {
  return ({ request }) => {
    const table = new Map(
      [...producers.groups].map(([group, clients]) => [
        group,
        [...clients.values()].map((info) => ({
          clientId: info.clientId,
          // Apache writes the address as Java prints it.
          remoteIP: `/${remoteAddress(info.connection)}`,
          language: info.language,
          version: info.version,
          lastUpdateTimestamp: info.lastUpdateMs,
        })),
      ]),
    );
    return succeed(request, { body: encodeProducerTable(table) });
  };
}
