// SPDX-License-Identifier: Apache-2.0
/** What every processor of the name server works with. */
import type { Clock } from '../../core/clock.ts';
import type { Log } from '../../core/log.ts';
import type { Inflate } from '../../protocol/register-broker-body.ts';
import type { RemotingCommand } from '../../protocol/remoting-command.ts';
import type { KvConfigManager } from '../kv-config-manager.ts';
import type { NamesrvConfig } from '../namesrv-config.ts';
import type {
  MinBrokerIdChange,
  RouteInfoManager,
  UnregisterRequest,
} from '../route-info-manager.ts';

/** The process's configuration as text (codes 318 and 319). */
export interface ConfigText {
  /** All keys, sorted, `key=value` lines. */
  render(): string;
  /** Takes known keys and keeps them in the configuration file. Errors: CONFIG_VALUE. */
  apply(changes: ReadonlyMap<string, string>): Promise<void>;
}

/** Sends a oneway request to the address a broker registered; failures are the sender's to log. */
export type SendToBroker = (address: string, request: RemotingCommand) => void;

export interface NamesrvParts {
  readonly config: NamesrvConfig;
  readonly configText: ConfigText;
  readonly clock: Clock;
  readonly log: Log;
  readonly routes: RouteInfoManager;
  readonly kv: KvConfigManager;
  readonly inflate: Inflate;
  readonly startedMs: number;
  /** Takes an unregistration for the next batch. False: the queue is full. */
  readonly enqueueUnregister: (request: UnregisterRequest) => boolean;
  /** Tells the members of a group about its new smallest broker id (code 905). */
  readonly notifyMinBrokerId: (change: MinBrokerIdChange) => void;
}
