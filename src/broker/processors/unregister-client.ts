// SPDX-License-Identifier: Apache-2.0
/** A client leaves its groups (35). Source: ClientManageProcessor; remoting §2.5.2. */
import { unregisterClient } from '../../protocol/commands/unregister-client.ts';
import type { RequestProcessor } from '../../protocol/processor.ts';
import type { BrokerServices } from '../broker-services.ts';
import { succeed } from './answers.ts';

export function unregisterClientProcessor(services: BrokerServices): RequestProcessor {
  const { producers, consumers } = services;
  return ({ connection, request }) => {
    const { producerGroup, consumerGroup } = unregisterClient.request.decode(request.extFields);
    // C++ clients send empty names for none.
    if (producerGroup) producers.unregister(producerGroup, connection);
    if (consumerGroup) consumers.unregister(consumerGroup, connection);
    return succeed(request);
  };
}
