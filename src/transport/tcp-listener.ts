// SPDX-License-Identifier: Apache-2.0
/** Accepts TCP connections. Source: NettyRemotingServer (options), remoting §1.9. */
import { createServer, type Server } from 'node:net';
import type { Clock } from '../core/clock.ts';
import type { Log } from '../core/log.ts';
import type { ConnectionHandler, Listener, SocketAddress } from '../protocol/transport.ts';
import { IdleSweeper } from './idle-sweeper.ts';
import { SHARED_READ_BYTES, withSharedReads } from './shared-read-socket.ts';
import { type ListenAddress, listenError, socketAddress } from './socket-addresses.ts';
import { onSharedRead, TcpConnection } from './tcp-connection.ts';
import { IDLE_TIMEOUT_MS, LISTEN_BACKLOG } from './transport-limits.ts';

export interface TcpListenerOptions extends ListenAddress {
  readonly clock: Clock;
  readonly log: Log;
  readonly backlog?: number;
  readonly idleTimeoutMs?: number;
}

export class TcpListener implements Listener {
  readonly #options: TcpListenerOptions;
  readonly #idle: IdleSweeper;
  #server: Server | undefined;

  constructor(options: TcpListenerOptions) {
    this.#options = options;
    this.#idle = new IdleSweeper(options.clock, options.idleTimeoutMs ?? IDLE_TIMEOUT_MS);
  }

  listen(handler: ConnectionHandler): Promise<SocketAddress> {
    const { host, port, log } = this.#options;
    const owner = { handler, idle: this.#idle, log };
    const buffer = new Uint8Array(SHARED_READ_BYTES);
    const options = { noDelay: true, allowHalfOpen: false, pauseOnConnect: true };
    const server = createServer(options, (socket) => {
      // A peer that is gone before it was accepted has no address any more.
      if (socket.remoteAddress === undefined) socket.destroy();
      else TcpConnection.adopt(withSharedReads(socket, buffer, onSharedRead), owner);
    });
    this.#server = server;
    return new Promise((resolve, reject) => {
      server.once('error', (error) => reject(listenError(this.#options, error)));
      server.listen({ host, port, backlog: this.#options.backlog ?? LISTEN_BACKLOG }, () => {
        server.removeAllListeners('error');
        server.on('error', (error) => {
          log.error('a connection could not be accepted', { port, error: error.message });
        });
        const bound = server.address();
        resolve(
          typeof bound === 'object' ? socketAddress(bound?.address, bound?.port) : { host, port },
        );
      });
    });
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined || !server.listening) return;
    const stopped = new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    await this.#idle.closeAll('the server stops');
    await stopped;
  }
}
