// SPDX-License-Identifier: Apache-2.0
/**
 * What a WebSocket library must do for us. Binary messages carry remoting bytes: one or more whole
 * frames, or parts of one. Two engines implement this: uWS (faster) and ws (runs everywhere).
 */
import type { SocketAddress } from '../protocol/transport.ts';
import type { ConnectionOwner } from './handled-connection.ts';
import type { ListenAddress } from './socket-addresses.ts';

export interface WebSocketEngineOptions extends ListenAddress {
  readonly allowsOrigin: (origin: string) => boolean;
}

export interface WebSocketEngine {
  readonly name: 'uws' | 'ws';
  /** Errors: PORT_IN_USE, LISTEN_FAILED. */
  listen(options: WebSocketEngineOptions, owner: ConnectionOwner): Promise<SocketAddress>;
  /** Stops accepting; connections are closed by their owner. */
  close(): Promise<void>;
}

/** What a plain HTTP request to the port is told. */
export const PLAIN_HTTP_ANSWER =
  'This port speaks WebSocket: RocketMQ remoting frames in binary messages.\n';

/** WebSocket close codes, RFC 6455 §7.4.1. */
export const WebSocketClose = { GOING_AWAY: 1001, UNSUPPORTED_DATA: 1003, POLICY: 1008 } as const;

const MAX_CLOSE_REASON_CHARACTERS = 120;

/** A close frame holds 123 bytes of UTF-8 reason; anything but ASCII is replaced. */
export function closeReasonText(reason: string): string {
  return reason.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, MAX_CLOSE_REASON_CHARACTERS);
}

/**
 * A check of the `Origin` header against `webSocketAllowedOrigins`: origins separated by `,`, `*`
 * is every one. A client that is no browser sends no origin and always passes.
 */
export function originCheck(allowedOrigins: string): (origin: string) => boolean {
  const allowed = new Set(
    allowedOrigins
      .split(',')
      .map((origin) => origin.trim().toLowerCase())
      .filter((origin) => origin !== ''),
  );
  return (origin) => origin === '' || allowed.has('*') || allowed.has(origin.toLowerCase());
}
