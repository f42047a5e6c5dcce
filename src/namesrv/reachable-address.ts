// SPDX-License-Identifier: Apache-2.0
/**
 * Which address of a broker the asking connection can reach. A broker whose brokerIP1 nobody set
 * and that lives on the name server's host is told under the address the asker dialled, so that a
 * client behind a port map or on another network gets one that works. Askers over WebSocket get
 * the broker's WebSocket port. Brokers of Apache carry neither mark and are told as registered.
 */
import { formatHostPort, isLoopback, parseHostPort } from '../protocol/ip-address.ts';
import type { PeerConnection } from '../protocol/processor.ts';
import type { BrokerEntry, LiveBroker, RouteTables } from './route-tables.ts';

export function reachableAddress(
  live: LiveBroker | undefined,
  registered: string,
  asker: PeerConnection,
): string {
  if (live === undefined) return registered;
  const parsed = parseHostPort(registered);
  if (parsed === undefined) return registered;
  const usesLocal = live.addressAuto && isSameHost(live.connection);
  const port = asker.kind === 'websocket' ? (live.webSocketPort ?? parsed.port) : parsed.port;
  if (!usesLocal && port === parsed.port) return registered;
  return formatHostPort(usesLocal ? asker.local.host : parsed.host, port);
}

/** True when both ends of the connection are on one machine. */
function isSameHost(connection: PeerConnection): boolean {
  return isLoopback(connection.remote.host) || connection.remote.host === connection.local.host;
}

/** Every address of a broker name as `asker` can reach it, by broker id. */
export function reachableAddresses(
  tables: RouteTables,
  entry: Pick<BrokerEntry, 'cluster'>,
  brokerAddrs: ReadonlyMap<number, string>,
  asker: PeerConnection,
): Map<number, string> {
  return new Map(
    [...brokerAddrs].map(([id, address]) => [
      id,
      reachableAddress(tables.live(entry.cluster, address), address, asker),
    ]),
  );
}
