// SPDX-License-Identifier: Apache-2.0
/** Addresses of sockets, and what went wrong while opening a port, in words. */
import { ApogeeError, errorText } from '../core/errors.ts';
import { formatHostPort } from '../protocol/ip-address.ts';
import type { SocketAddress } from '../protocol/transport.ts';

const IPV4_MAPPED = '::ffff:';

/** An IPv4-mapped IPv6 address becomes IPv4; a socket that is gone has no host and port 0. */
export function socketAddress(host: string | undefined, port: number | undefined): SocketAddress {
  const text = host ?? '';
  const isMapped = text.startsWith(IPV4_MAPPED) && text.includes('.');
  return { host: isMapped ? text.slice(IPV4_MAPPED.length) : text, port: port ?? 0 };
}

export interface ListenAddress {
  /** Interface to bind; `0.0.0.0` is every IPv4 one. */
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  /** The configuration key that gave the port, for errors. */
  readonly portKey: string;
}

/** The error for the person who started the process. */
export function listenError(address: ListenAddress, error: unknown): ApogeeError {
  const { host, port, portKey } = address;
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (code === 'EADDRINUSE') {
    return new ApogeeError('PORT_IN_USE', `port ${port} (${portKey}) is used by another process`, {
      cure: `stop that process, or set ${portKey} to a free port`,
      cause: error,
    });
  }
  if (code === 'EACCES') {
    return new ApogeeError('LISTEN_FAILED', `port ${port} (${portKey}) may not be opened`, {
      cure: `set ${portKey} to a port above 1023, or run with the right to open low ports`,
      cause: error,
    });
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new ApogeeError('LISTEN_FAILED', `this machine has no address ${host}`, {
      cure: 'set bindAddress to an address of this machine, or to 0.0.0.0 for all of them',
      cause: error,
    });
  }
  const where = formatHostPort(host, port);
  return new ApogeeError(
    'LISTEN_FAILED',
    `${where} (${portKey}) cannot be opened: ${errorText(error)}`,
    { cause: error },
  );
}
