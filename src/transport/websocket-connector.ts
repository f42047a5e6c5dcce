// SPDX-License-Identifier: Apache-2.0
/**
 * Dials WebSockets with a constructor that the platform provides: the global one of browsers and
 * of Node 22, the package ws on Node 20 (`websocket-node.ts`). No `node:` import.
 */
import type { Clock, Timer } from '../core/clock.ts';
import { ApogeeError } from '../core/errors.ts';
import { type Log, silentLog } from '../core/log.ts';
import { parseHostPort } from '../protocol/ip-address.ts';
import type {
  ByteConnection,
  ConnectionHandler,
  Connector,
  SocketAddress,
} from '../protocol/transport.ts';
import { type ConnectionOwner, HandledConnection } from './handled-connection.ts';
import { IdleSweeper } from './idle-sweeper.ts';
import { PausedInbox } from './paused-inbox.ts';
import {
  IDLE_TIMEOUT_MS,
  MAX_UNSENT_BYTES,
  MAX_WEBSOCKET_MESSAGE_BYTES,
} from './transport-limits.ts';

/** The part of the WHATWG WebSocket that is used. */
export interface WebSocketLike {
  binaryType: string;
  readonly bufferedAmount: number;
  send(bytes: Uint8Array): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: 'open' | 'error', listener: (event: object) => void): void;
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: WebSocketCloseEvent) => void): void;
}

export interface WebSocketCloseEvent {
  readonly code: number;
  readonly reason: string;
}

export type WebSocketConstructor = new (url: string) => WebSocketLike;

export interface WebSocketConnectorOptions {
  readonly webSocket: WebSocketConstructor;
  readonly clock: Clock;
  readonly log?: Log;
  /** `wss` behind a proxy that terminates TLS; an address may carry its own scheme too. */
  readonly scheme?: 'ws' | 'wss';
  readonly idleTimeoutMs?: number;
}

/** How often a browser's send buffer is looked at while somebody waits for it. */
const DRAIN_POLL_MS = 10;

/** A browser may close with 1000 or 3000 to 4999 only; this is "we are done". */
const NORMAL_CLOSE = 1000;

export class WebSocketConnector implements Connector {
  readonly kind = 'websocket';
  readonly #options: WebSocketConnectorOptions;
  readonly #idle: IdleSweeper;

  constructor(options: WebSocketConnectorOptions) {
    this.#options = options;
    this.#idle = new IdleSweeper(options.clock, options.idleTimeoutMs ?? IDLE_TIMEOUT_MS);
  }

  /** `address` is `host:port`, or a whole `ws://` or `wss://` URL. */
  connect(
    address: string,
    handler: ConnectionHandler,
    options: { readonly timeoutMs: number },
  ): Promise<ByteConnection> {
    const { clock, scheme = 'ws', log = silentLog } = this.#options;
    const url = /^wss?:\/\//.test(address) ? address : `${scheme}://${address}/`;
    const owner = { handler, idle: this.#idle, log };
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => {
        timer.cancel();
        reject(
          new ApogeeError('CONNECT_FAILED', `cannot connect to ${url}: ${why}`, {
            cure: 'see that a broker or name server has its webSocketListenPort there',
          }),
        );
      };
      const timer = clock.after(options.timeoutMs, () => {
        fail(`no answer within ${options.timeoutMs} ms`);
        connection?.close('the connection took too long');
      });
      let connection: ClientWebSocket | undefined;
      try {
        const socket = new this.#options.webSocket(url);
        connection = new ClientWebSocket(socket, owner, remoteOf(url), clock, (why) => {
          timer.cancel();
          if (why === undefined && connection !== undefined) resolve(connection);
          else fail(why ?? 'refused');
        });
      } catch (error) {
        fail(error instanceof Error ? error.message : String(error));
      }
    });
  }
}

class ClientWebSocket extends HandledConnection {
  readonly kind = 'websocket';
  readonly #socket: WebSocketLike;
  readonly #clock: Clock;
  #isOpen = false;
  #isReading = true;
  #inbox: PausedInbox | undefined;
  #drainTimer: Timer | undefined;

  /** `settled` is told once whether the connection opened: undefined, or why it did not. */
  constructor(
    socket: WebSocketLike,
    owner: ConnectionOwner,
    remote: SocketAddress,
    clock: Clock,
    settled: (why: string | undefined) => void,
  ) {
    // A WebSocket does not tell its own address.
    super(owner, remote, { host: '', port: 0 });
    this.#socket = socket;
    this.#clock = clock;
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('open', () => {
      if (this.isClosed) return;
      this.#isOpen = true;
      this.opened();
      settled(undefined);
    });
    socket.addEventListener('message', ({ data }) => this.#message(data));
    // Browsers hide the cause of an error on purpose; the close event follows.
    socket.addEventListener('error', () => {});
    socket.addEventListener('close', ({ code, reason }) => {
      this.#drainTimer?.cancel();
      const why = reason === '' ? `closed by the peer (${code})` : reason;
      if (this.#isOpen) this.ended(why);
      else settled(code === 1006 ? 'refused, or no WebSocket port' : why);
    });
  }

  get pendingBytes(): number {
    return this.isClosed ? 0 : this.#socket.bufferedAmount;
  }

  /** The platform copies; it never tells when bytes have left, so the buffer is polled. */
  protected transmit(bytes: Uint8Array): boolean {
    for (let at = 0; at < bytes.length; at += MAX_WEBSOCKET_MESSAGE_BYTES) {
      this.#socket.send(bytes.subarray(at, at + MAX_WEBSOCKET_MESSAGE_BYTES));
    }
    if (this.#socket.bufferedAmount <= MAX_UNSENT_BYTES) return true;
    this.#pollDrain();
    return false;
  }

  override flushed(): Promise<void> {
    if (this.pendingBytes > 0) this.#pollDrain();
    return super.flushed();
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
    this.#drainTimer?.cancel();
    this.#socket.close(NORMAL_CLOSE);
    if (this.#isOpen) this.ended(reason);
  }

  #pollDrain(): void {
    this.#drainTimer ??= this.#clock.every(DRAIN_POLL_MS, () => {
      this.drained();
      if (this.#socket.bufferedAmount > 0) return;
      this.#drainTimer?.cancel();
      this.#drainTimer = undefined;
    });
  }

  #message(data: unknown): void {
    if (!(data instanceof ArrayBuffer)) {
      this.close('text message: remoting frames travel in binary messages');
    } else if (this.#isReading && this.#inbox === undefined) {
      this.received(new Uint8Array(data));
    } else {
      this.#inbox ??= new PausedInbox();
      if (!this.#inbox.keep(new Uint8Array(data))) {
        this.close('more arrives than a paused reader may keep');
      }
    }
  }
}

function remoteOf(url: string): SocketAddress {
  const authority = /^wss?:\/\/([^/]*)/.exec(url)?.[1] ?? '';
  return parseHostPort(authority) ?? { host: authority, port: url.startsWith('wss') ? 443 : 80 };
}
