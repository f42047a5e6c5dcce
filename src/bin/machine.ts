// SPDX-License-Identifier: Apache-2.0
/** What configuration defaults depend on, read from this machine. */
import { homedir, hostname, networkInterfaces } from 'node:os';
import type { LocalAddress } from '../broker/broker-config.ts';
import type { Machine } from '../core/config/settings.ts';

/** Addresses of this machine in the order the system lists them. */
export function localAddresses(): LocalAddress[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .map(({ address, family, internal }) => ({ address, family, internal }));
}

/** The first outer IPv4 address; loopback on a machine without a network. */
export function firstOuterAddress(addresses: readonly LocalAddress[] = localAddresses()): string {
  const outer = addresses.find(({ family, internal }) => family === 'IPv4' && !internal);
  return outer?.address ?? '127.0.0.1';
}

export function thisMachine(): Machine {
  return {
    userHome: homedir(),
    hostName: hostname(),
    localAddress: firstOuterAddress(),
    rocketmqHome: process.env['ROCKETMQ_HOME'],
  };
}
