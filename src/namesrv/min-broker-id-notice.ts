// SPDX-License-Identifier: Apache-2.0
/**
 * Code 905, oneway, to the members of a group whose smallest broker id changed. Dialled at the
 * address they registered: a Java broker serves requests on its listening port only.
 */
import { notifyMinBrokerIdChange as command } from '../protocol/commands/notify-min-broker-id-change.ts';
import { createRequest, FLAG_ONEWAY } from '../protocol/remoting-command.ts';
import type { SendToBroker } from './processors/parts.ts';
import type { MinBrokerIdChange } from './route-info-manager.ts';

export function notifyMinBrokerIdChange(send: SendToBroker, change: MinBrokerIdChange): void {
  const { broker } = change;
  if (broker.brokerAddrs.size === 0) return;
  const minBrokerId = Math.min(...broker.brokerAddrs.keys());
  const minBrokerAddr = broker.brokerAddrs.get(minBrokerId) ?? '';
  const extFields = command.request.encode({
    minBrokerId,
    minBrokerAddr,
    offlineBrokerAddr: change.offlineBrokerAddr,
    haBrokerAddr: change.haBrokerAddr,
  });
  // A member that left: everybody hears of it. A member that came: everybody but itself.
  const toAll = change.offlineBrokerAddr !== undefined || broker.brokerAddrs.size === 1;
  for (const address of broker.brokerAddrs.values()) {
    if (!toAll && address === minBrokerAddr) continue;
    const request = createRequest(command.code, { ...extFields });
    request.flag = FLAG_ONEWAY;
    send(address, request);
  }
}
