// SPDX-License-Identifier: Apache-2.0
/**
 * A broker's address as the asking client can reach it (USERS.md, complaint 1).
 * Rules: `brokerIP1` set by hand always wins; a broker that lives on the name server's host is
 * reached where the client reached the name server; WebSocket clients get the WebSocket port.
 */
import type { PeerConnection } from '../protocol/processor.ts';

/** What a broker of ours registers beside Apache's fields; absent for a Java broker. */
export interface BrokerReach {
  /** True: `brokerIP1` was not set, so the host part is only the broker's guess. */
  readonly addressAuto: boolean;
  /** Whether the registration came from the host the name server runs on. */
  readonly sameHost: boolean;
  readonly webSocketPort: number | undefined;
}

/** True when both ends of the connection are on one machine. */
export function isSameHost(connection: PeerConnection): boolean {
  const { host } = connection.remote;
  return isLoopback(host) || host === connection.local.host || connection.kind === 'memory';
}

export function isLoopback(host: string): boolean {
  return host === '::1' || host === 'localhost' || host.startsWith('127.');
}

/** `address` as `asking` should see it. */
export function addressFor(
  asking: PeerConnection,
  address: string,
  reach: BrokerReach | undefined,
): string {
  if (reach === undefined) return address;
  const colon = address.lastIndexOf(':');
  const rewriteHost = reach.addressAuto && reach.sameHost && asking.kind !== 'memory';
  const host = rewriteHost ? bracketed(asking.local.host) : address.slice(0, colon);
  const webSocketPort = asking.kind === 'websocket' ? reach.webSocketPort : undefined;
  return `${host}:${webSocketPort ?? address.slice(colon + 1)}`;
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
