// SPDX-License-Identifier: Apache-2.0
/** Reads `namesrvAddr`: `host:port;host:port`, or `ws://host:port` for WebSocket. */
import { ApogeeError } from '../core/errors.ts';

/** More name servers than this is a mistake in the setting. */
export const MAX_NAME_SERVERS = 64;

export interface NameServerAddresses {
  /** `host:port`, in the order given, without repetition. */
  readonly addresses: readonly string[];
  readonly transport: 'tcp' | 'websocket';
}

/** Errors: CONFIG_VALUE naming the part that is wrong. */
export function parseNameServerAddresses(namesrvAddr: string): NameServerAddresses {
  const parts = namesrvAddr
    .split(/[;,]/)
    .map((part) => part.trim())
    .filter((part) => part.length > 0);
  if (parts.length === 0) throw refuse(namesrvAddr, 'it names no address');
  if (parts.length > MAX_NAME_SERVERS) {
    throw refuse(namesrvAddr, `it names ${parts.length} addresses, ${MAX_NAME_SERVERS} at most`);
  }
  const schemes = new Set(parts.map((part) => /^[a-z]+:\/\//.exec(part)?.[0] ?? ''));
  if (schemes.size > 1) throw refuse(namesrvAddr, 'it mixes ws:// and plain addresses');
  const [scheme] = schemes;
  if (scheme !== '' && scheme !== 'ws://') throw refuse(namesrvAddr, `${scheme} is not known`);
  const addresses = parts.map((part) => part.slice(scheme.length).replace(/\/$/, ''));
  for (const address of addresses) {
    const port = Number(/^(?:\[[0-9A-Fa-f:.%]+\]|[^:/\s]+):([0-9]{1,5})$/.exec(address)?.[1]);
    if (!(port >= 1 && port <= 65535)) {
      throw refuse(namesrvAddr, `${address} is not host:port with a port from 1 to 65535`);
    }
  }
  return {
    addresses: [...new Set(addresses)],
    transport: scheme === '' ? 'tcp' : 'websocket',
  };
}

function refuse(value: string, reason: string): ApogeeError {
  return new ApogeeError('CONFIG_VALUE', `namesrvAddr=${value} cannot be used: ${reason}`, {
    cure:
      'give the name servers as host:port, several separated by ";", for example ' +
      '127.0.0.1:9876, or ws://127.0.0.1:10920 to use WebSocket',
  });
}
