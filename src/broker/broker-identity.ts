// SPDX-License-Identifier: Apache-2.0
/** What the store is told of its broker. */
import { ApogeeError } from '../core/errors.ts';
import { ipBytes } from '../protocol/ip-address.ts';
import { isReadable, isWriteable } from '../protocol/perm.ts';
import type { BrokerState } from '../store/message-store.ts';
import { type BrokerConfig, brokerHost, type LocalAddress } from './broker-config.ts';

/** Records and ids hold addresses, not names: a brokerIP1 that is a name stands for this host. */
export function ipOf(host: string, localAddresses: readonly LocalAddress[]): string {
  try {
    ipBytes(host);
    return host;
  } catch (error) {
    if (!(error instanceof ApogeeError)) throw error;
    return brokerHost({ brokerIP1: undefined }, localAddresses);
  }
}

export function brokerState(config: BrokerConfig, nowMs: number): BrokerState {
  return {
    writable:
      isWriteable(config.brokerPermission) && nowMs >= config.startAcceptSendRequestTimeStamp,
    readable: isReadable(config.brokerPermission),
    litePullMessageEnable: config.litePullMessageEnable,
    longPollingEnable: config.longPollingEnable,
    shortPollingTimeMills: config.shortPollingTimeMills,
    slaveReadEnable: config.slaveReadEnable,
    pullExecution: config.pullExecution,
  };
}
