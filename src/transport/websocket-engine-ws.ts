// SPDX-License-Identifier: Apache-2.0
/** The WebSocket engine over the package ws. */
import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import type { SocketAddress } from '../protocol/transport.ts';
import { type ConnectionOwner, HandledConnection } from './handled-connection.ts';
import { listenError, socketAddress } from './socket-addresses.ts';
import { LISTEN_BACKLOG, MAX_WEBSOCKET_MESSAGE_BYTES } from './transport-limits.ts';
import {
  closeReasonText,
  PLAIN_HTTP_ANSWER,
  WebSocketClose,
  type WebSocketEngine,
  type WebSocketEngineOptions,
} from './websocket-engine.ts';

export class WsEngine implements WebSocketEngine {
  readonly name = 'ws';
  #http: Server | undefined;

  async listen(options: WebSocketEngineOptions, owner: ConnectionOwner): Promise<SocketAddress> {
    const http = createServer((_request, response) => {
      response.writeHead(426, { 'content-type': 'text/plain', upgrade: 'websocket' });
      response.end(PLAIN_HTTP_ANSWER);
    });
    this.#http = http;
    const server = new WebSocketServer({
      server: http,
      maxPayload: MAX_WEBSOCKET_MESSAGE_BYTES,
      perMessageDeflate: false,
      skipUTF8Validation: true,
      clientTracking: false,
      verifyClient: ({ origin }: { origin: string | undefined }) =>
        options.allowsOrigin(origin ?? ''),
    });
    server.on('connection', (socket, request) => WsConnection.adopt(socket, request.socket, owner));
    await new Promise<void>((resolve, reject) => {
      // WebSocketServer hands on the errors of its http server.
      server.once('error', (error) => reject(listenError(options, error)));
      const { host, port } = options;
      http.listen({ host, port, backlog: LISTEN_BACKLOG }, () => resolve());
    });
    server.removeAllListeners('error');
    server.on('error', (error) => {
      owner.log.error('a WebSocket could not be accepted', { error: error.message });
    });
    const bound = http.address();
    return typeof bound === 'object'
      ? socketAddress(bound?.address, bound?.port)
      : { host: options.host, port: options.port };
  }

  close(): Promise<void> {
    const http = this.#http;
    this.#http = undefined;
    if (http === undefined || !http.listening) return Promise.resolve();
    return new Promise((resolve) => {
      http.close(() => resolve());
      // Upgraded sockets are no longer the http server's.
      http.closeAllConnections();
    });
  }
}

class WsConnection extends HandledConnection {
  readonly kind = 'websocket';
  readonly #socket: WebSocket;

  static adopt(socket: WebSocket, carrier: Socket, owner: ConnectionOwner): void {
    new WsConnection(socket, carrier, owner).opened();
  }

  private constructor(socket: WebSocket, carrier: Socket, owner: ConnectionOwner) {
    super(
      owner,
      socketAddress(carrier.remoteAddress, carrier.remotePort),
      socketAddress(carrier.localAddress, carrier.localPort),
    );
    this.#socket = socket;
    let error: string | undefined;
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (isBinary) this.received(data);
      else this.close('text message: remoting frames travel in binary messages');
    });
    socket.on('error', ({ message }) => {
      error = message;
    });
    socket.on('close', () => this.ended(error ?? 'closed by the peer'));
  }

  get pendingBytes(): number {
    return this.#socket.bufferedAmount;
  }

  protected transmit(bytes: Uint8Array): boolean {
    this.#socket.send(bytes, BINARY, this.#onSent);
    return this.#socket.bufferedAmount === 0;
  }

  protected read(enabled: boolean): void {
    if (enabled) this.#socket.resume();
    else this.#socket.pause();
  }

  protected disconnect(reason: string): void {
    this.#socket.close(WebSocketClose.POLICY, closeReasonText(reason));
    this.#socket.terminate();
  }

  readonly #onSent = (): void => this.drained();
}

const BINARY = { binary: true, compress: false } as const;
