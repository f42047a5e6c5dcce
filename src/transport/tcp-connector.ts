// SPDX-License-Identifier: Apache-2.0
/** Dials TCP connections. Source: NettyRemotingClient (options). */
import { connect, type Socket } from 'node:net';
import type { Clock } from '../core/clock.ts';
import { ApogeeError, errorText } from '../core/errors.ts';
import { type Log, silentLog } from '../core/log.ts';
import { parseHostPort } from '../protocol/ip-address.ts';
import type { ByteConnection, ConnectionHandler, Connector } from '../protocol/transport.ts';
import { IdleSweeper } from './idle-sweeper.ts';
import { TcpConnection } from './tcp-connection.ts';
import { IDLE_TIMEOUT_MS } from './transport-limits.ts';

export interface TcpConnectorOptions {
  readonly clock: Clock;
  readonly log?: Log;
  readonly idleTimeoutMs?: number;
}

export class TcpConnector implements Connector {
  readonly kind = 'tcp';
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #idle: IdleSweeper;

  constructor(options: TcpConnectorOptions) {
    this.#clock = options.clock;
    this.#log = options.log ?? silentLog;
    this.#idle = new IdleSweeper(options.clock, options.idleTimeoutMs ?? IDLE_TIMEOUT_MS);
  }

  async connect(
    address: string,
    handler: ConnectionHandler,
    options: { readonly timeoutMs: number },
  ): Promise<ByteConnection> {
    const target = parseHostPort(address);
    if (target === undefined) throw connectFailed(address, 'it is not host:port');
    const socket = connect({ host: target.host, port: target.port, noDelay: true });
    await this.#connected(socket, address, options.timeoutMs);
    return TcpConnection.adopt(socket, { handler, idle: this.#idle, log: this.#log });
  }

  #connected(socket: Socket, address: string, timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (cause: unknown): void => {
        timer.cancel();
        socket.destroy();
        reject(connectFailed(address, errorText(cause), cause));
      };
      const timer = this.#clock.after(timeoutMs, () => fail(`no answer within ${timeoutMs} ms`));
      socket.once('error', fail);
      socket.once('connect', () => {
        timer.cancel();
        socket.removeListener('error', fail);
        resolve();
      });
    });
  }
}

export function connectFailed(address: string, why: string, cause?: unknown): ApogeeError {
  return new ApogeeError('CONNECT_FAILED', `cannot connect to ${address}: ${why}`, {
    cure: `see that a name server or broker listens there and that ${address} is reachable`,
    cause,
  });
}
