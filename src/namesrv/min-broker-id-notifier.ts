// SPDX-License-Identifier: Apache-2.0
/**
 * Tells the members of a group that its smallest broker id changed, code 905, so that a slave
 * starts or stops to act as master. Members are dialled at their addresses, because brokers of
 * Apache serve this code on their listening ports. Source: namesrv §4.8.
 */
import { errorText } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { notifyMinBrokerIdChange } from '../protocol/commands/notify-min-broker-id-change.ts';
import { createRequest } from '../protocol/remoting-command.ts';
import type { RemotingClient } from '../protocol/transport.ts';
import { type BrokerEntry, minBrokerId } from './route-tables.ts';

const NOTIFY_TIMEOUT_MS = 300;

export interface MinBrokerIdChange {
  readonly entry: BrokerEntry;
  /** The member that left; undefined when one joined. */
  readonly offlineBrokerAddr: string | undefined;
  /** Of the member that joined. */
  readonly haBrokerAddr: string | undefined;
}

export class MinBrokerIdNotifier {
  readonly #client: RemotingClient;
  readonly #log: Log;

  constructor(client: RemotingClient, log: Log) {
    this.#client = client;
    this.#log = log;
  }

  /** Oneway; a member that cannot be reached is logged. */
  notify(change: MinBrokerIdChange): void {
    const { brokerName, brokerAddrs } = change.entry;
    const min = minBrokerId(brokerAddrs);
    if (min === undefined) return;
    const extFields = notifyMinBrokerIdChange.request.encode({
      minBrokerId: min,
      brokerName,
      minBrokerAddr: brokerAddrs.get(min),
      offlineBrokerAddr: change.offlineBrokerAddr,
      haBrokerAddr: change.haBrokerAddr,
    });
    // The one that joined as the smallest knows it already.
    const toAll = change.offlineBrokerAddr !== undefined || brokerAddrs.size === 1;
    for (const [id, address] of brokerAddrs) {
      if (!toAll && id === min) continue;
      const request = createRequest(notifyMinBrokerIdChange.code, extFields);
      this.#client
        .invokeOneway(address, request, { timeoutMs: NOTIFY_TIMEOUT_MS })
        .catch((error: unknown) => {
          this.#log.warn('a broker was not told of the change of the smallest broker id', {
            brokerName,
            address,
            error: errorText(error),
          });
        });
    }
  }
}
