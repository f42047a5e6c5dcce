// SPDX-License-Identifier: Apache-2.0
/** What a client gets from its surroundings, and the settings that all clients share. */
import type { Clock } from '../core/clock.ts';
import { ApogeeError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { Random } from '../core/random.ts';
import { groupNameFault } from '../protocol/names.ts';
import { SerializeType } from '../protocol/remoting-command.ts';
import type { RemotingClient } from '../protocol/transport.ts';
import type { Inflate } from './inflate.ts';

export interface ClientEnvironment {
  /** Owned by one client, which closes it. */
  readonly remoting: RemotingClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** An address of this machine as text, and the process; both go into ids. */
  readonly ip: string;
  readonly processId: number;
  readonly inflate: Inflate;
  /** Called with each signal of the application; Node warns where one has many listeners. */
  readonly adoptSignal?: (signal: AbortSignal) => void;
}

export interface ClientOptions {
  /**
   * Name servers as `host:port`, several separated by `;`. With `ws://host:port` the name server
   * and the brokers are spoken to over WebSocket.
   */
  readonly namesrvAddr: string;
  /** Part of the client id; two consumers of one group need different ones. Default: made up. */
  readonly instanceName?: string;
  /** Longest wait for an answer, where a call does not say otherwise. Default 3000. */
  readonly requestTimeoutMs?: number;
  /** Period of the route refresh. Default 30000. */
  readonly pollNameServerIntervalMs?: number;
  /** Period of the heartbeats. Default 30000. */
  readonly heartbeatBrokerIntervalMs?: number;
  /** Encoding of request headers. Default JSON. */
  readonly headerEncoding?: 'JSON' | 'ROCKETMQ';
}

export interface ClientSettings {
  readonly instanceName: string | undefined;
  readonly requestTimeoutMs: number;
  readonly pollNameServerIntervalMs: number;
  readonly heartbeatBrokerIntervalMs: number;
  readonly serializeType: SerializeType;
}

/** Longest time any option may name: what a timer can hold. */
export const MAX_OPTION_MS = 2_147_483_647;

export function clientSettings(options: ClientOptions): ClientSettings {
  return {
    instanceName: options.instanceName,
    requestTimeoutMs: integerOption('requestTimeoutMs', options.requestTimeoutMs, 3000),
    pollNameServerIntervalMs: integerOption(
      'pollNameServerIntervalMs',
      options.pollNameServerIntervalMs,
      30_000,
    ),
    heartbeatBrokerIntervalMs: integerOption(
      'heartbeatBrokerIntervalMs',
      options.heartbeatBrokerIntervalMs,
      30_000,
    ),
    serializeType:
      options.headerEncoding === 'ROCKETMQ' ? SerializeType.ROCKETMQ : SerializeType.JSON,
  };
}

export interface Range {
  readonly min?: number;
  readonly max?: number;
}

/** Errors: CONFIG_VALUE naming the option, its value and what is allowed. */
export function integerOption(
  name: string,
  value: number | undefined,
  defaultValue: number,
  range: Range = {},
): number {
  if (value === undefined) return defaultValue;
  const { min = 1, max = MAX_OPTION_MS } = range;
  if (Number.isSafeInteger(value) && value >= min && value <= max) return value;
  throw new ApogeeError(
    'CONFIG_VALUE',
    `the option ${name} is ${String(value)}; an integer from ${min} to ${max} is allowed`,
  );
}

/** Errors: CONFIG_VALUE when the group cannot be used. */
export function checkGroup(group: string): string {
  const fault = groupNameFault(group);
  if (fault !== undefined) {
    throw new ApogeeError('CONFIG_VALUE', `the option group cannot be used: ${fault}`);
  }
  return group;
}

/**
 * `<ip>@<instance>`; without an instance name `<pid>#<random>` stands there, so that the clients
 * of one process differ. Source: ClientConfig.buildMQClientId, spec remoting §4.1.
 */
export function makeClientId(
  environment: ClientEnvironment,
  instanceName: string | undefined,
): string {
  const { ip, processId, random, clock } = environment;
  const unique = `${clock.nowMs()}${random.nextInt(1_000_000_000)}`;
  return `${ip}@${instanceName ?? `${processId}#${unique}`}`;
}
