// SPDX-License-Identifier: Apache-2.0
/**
 * The WebSocket engine over uWebSockets.js, an optional package. It cannot pause a socket, so what
 * arrives for a paused reader is kept up to a limit. It does not tell the peer's port (0 here) nor
 * the local address, which is taken from the request's Host header.
 */
import { networkInterfaces } from 'node:os';
import { ipText, isLoopback, parseHostPort } from '../protocol/ip-address.ts';
import type { SocketAddress } from '../protocol/transport.ts';
import { type ConnectionOwner, HandledConnection } from './handled-connection.ts';
import { PausedInbox } from './paused-inbox.ts';
import { type ListenAddress, listenError, socketAddress } from './socket-addresses.ts';
import { MAX_PENDING_BYTES, MAX_WEBSOCKET_MESSAGE_BYTES } from './transport-limits.ts';
import type { UwsModule, UwsSocket } from './uws-types.ts';
import {
  closeReasonText,
  PLAIN_HTTP_ANSWER,
  WebSocketClose,
  type WebSocketEngine,
  type WebSocketEngineOptions,
} from './websocket-engine.ts';

/** uWS lets two processes share a port unless told otherwise. */
const EXCLUSIVE_PORT = 1;

/** A message was dropped: more would wait than `maxBackpressure` allows. */
const SEND_DROPPED = 2;

/** The engine, or why it cannot be had on this machine. */
export async function loadUwsEngine(): Promise<WebSocketEngine> {
  // A variable name: the package is optional, so the compiler must not look for its types.
  const name = 'uWebSockets.js';
  return new UwsEngine((await import(name)) as UwsModule);
}

interface SocketData {
  readonly local: SocketAddress;
  connection: UwsConnection | undefined;
}

class UwsEngine implements WebSocketEngine {
  readonly name = 'uws';
  readonly #uws: UwsModule;
  #listening: object | undefined;

  constructor(uws: UwsModule) {
    this.#uws = uws;
  }

  listen(options: WebSocketEngineOptions, owner: ConnectionOwner): Promise<SocketAddress> {
    const app = this.#uws.App<SocketData>();
    let boundPort = options.port;
    app.ws('/*', {
      compression: 0,
      maxPayloadLength: MAX_WEBSOCKET_MESSAGE_BYTES,
      maxBackpressure: 2 * MAX_PENDING_BYTES,
      // Idle connections are found by our own sweeper, the same for every transport.
      idleTimeout: 0,
      sendPingsAutomatically: false,
      upgrade: (response, request, context) => {
        if (!options.allowsOrigin(request.getHeader('origin'))) {
          response.writeStatus('403 Forbidden').end('This origin may not connect.\n');
          return;
        }
        const remote = ipFrom(response.getRemoteAddress());
        const host = localHost(request.getHeader('host'), remote, options);
        response.upgrade(
          { local: { host, port: boundPort }, connection: undefined },
          request.getHeader('sec-websocket-key'),
          request.getHeader('sec-websocket-protocol'),
          request.getHeader('sec-websocket-extensions'),
          context,
        );
      },
      open: (socket) => UwsConnection.open(socket, owner),
      message: (socket, message, isBinary) => UwsConnection.message(socket, message, isBinary),
      drain: (socket) => UwsConnection.drain(socket),
      close: (socket, code) => UwsConnection.closed(socket, code),
    });
    app.any('/*', (response) => {
      response.writeStatus('426 Upgrade Required').end(PLAIN_HTTP_ANSWER);
    });
    return new Promise((resolve, reject) => {
      app.listen(options.host, options.port, EXCLUSIVE_PORT, (listening) => {
        if (listening === false) {
          // uWS gives no reason; a port in use is by far the most likely one.
          reject(listenError(options, { code: 'EADDRINUSE' }));
          return;
        }
        this.#listening = listening;
        boundPort = this.#uws.us_socket_local_port(listening);
        resolve({ host: options.host, port: boundPort });
      });
    });
  }

  close(): Promise<void> {
    if (this.#listening !== undefined) this.#uws.us_listen_socket_close(this.#listening);
    this.#listening = undefined;
    return Promise.resolve();
  }
}

class UwsConnection extends HandledConnection {
  readonly kind = 'websocket';
  readonly #socket: UwsSocket<SocketData>;
  #isReading = true;
  #inbox: PausedInbox | undefined;
  #isGone = false;

  static open(socket: UwsSocket<SocketData>, owner: ConnectionOwner): void {
    const data = socket.getUserData();
    const remote = socketAddress(ipFrom(socket.getRemoteAddress()), 0);
    const connection = new UwsConnection(owner, remote, socket);
    data.connection = connection;
    connection.opened();
  }

  static message(socket: UwsSocket<SocketData>, message: ArrayBuffer, isBinary: boolean): void {
    socket.getUserData().connection?.arrived(new Uint8Array(message), isBinary);
  }

  static drain(socket: UwsSocket<SocketData>): void {
    socket.getUserData().connection?.drained();
  }

  static closed(socket: UwsSocket<SocketData>, code: number): void {
    const connection = socket.getUserData().connection;
    if (connection === undefined) return;
    connection.#isGone = true;
    connection.ended(code === 1009 ? 'a message above 16 MiB' : `closed by the peer (${code})`);
  }

  private constructor(
    owner: ConnectionOwner,
    remote: SocketAddress,
    socket: UwsSocket<SocketData>,
  ) {
    super(owner, remote, socket.getUserData().local);
    this.#socket = socket;
  }

  get pendingBytes(): number {
    return this.#isGone ? 0 : this.#socket.getBufferedAmount();
  }

  protected transmit(bytes: Uint8Array): boolean {
    if (this.#socket.send(bytes, true, false) === SEND_DROPPED) {
      this.close('a message was dropped because the peer does not read');
      return true;
    }
    return this.#socket.getBufferedAmount() === 0;
  }

  protected read(enabled: boolean): void {
    this.#isReading = enabled;
    if (!enabled || this.#inbox === undefined) return;
    this.#inbox.drain(
      (chunk) => this.received(chunk),
      () => this.#isReading,
    );
    if (this.#inbox.isEmpty) this.#inbox = undefined;
  }

  protected disconnect(reason: string): void {
    // Calls `closed` before it returns.
    this.#socket.end(WebSocketClose.POLICY, closeReasonText(reason));
  }

  /** Called by the app's message handler only. */
  arrived(bytes: Uint8Array, isBinary: boolean): void {
    if (!isBinary) {
      this.close('text message: remoting frames travel in binary messages');
    } else if (this.#isReading && this.#inbox === undefined) {
      this.received(bytes);
    } else {
      this.#inbox ??= new PausedInbox();
      if (!this.#inbox.keep(bytes)) this.close('the peer sends faster than it reads');
    }
  }
}

function ipFrom(address: ArrayBuffer): string {
  const bytes = new Uint8Array(address);
  const isMapped =
    bytes.length === 16 && bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff;
  return bytes.length === 0 ? '' : ipText(isMapped ? bytes.subarray(12) : bytes);
}

/** The address of ours that the peer dialled, as well as it can be known. */
function localHost(hostHeader: string, remoteHost: string, bound: ListenAddress): string {
  if (bound.host !== '0.0.0.0' && bound.host !== '::') return bound.host;
  const dialled = parseHostPort(hostHeader)?.host ?? hostHeader;
  if (/^[0-9.]+$/.test(dialled) || dialled.includes(':')) return dialled;
  if (isLoopback(remoteHost)) return '127.0.0.1';
  const outer = Object.values(networkInterfaces())
    .flat()
    .find((address) => address?.family === 'IPv4' && !address.internal);
  return outer?.address ?? '127.0.0.1';
}
