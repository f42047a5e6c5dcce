// SPDX-License-Identifier: Apache-2.0
/**
 * Requests over pooled connections, one per address, dialled on first use and again after a loss.
 * Runs in browsers too. Source: NettyRemotingClient, NettyRemotingAbstract.
 */
import type { Clock } from '../core/clock.ts';
import { ApogeeError, errorText } from '../core/errors.ts';
import { type Log, silentLog } from '../core/log.ts';
import { ResponseCode } from '../protocol/codes.ts';
import { decodeFrame, encodeFrame, FrameCutter } from '../protocol/frame.ts';
import {
  createResponse,
  FLAG_ONEWAY,
  isOneway,
  isResponse,
  type RemotingCommand,
} from '../protocol/remoting-command.ts';
import type {
  ByteConnection,
  ConnectionHandler,
  Connector,
  InvokeOptions,
  PeerRequestHandler,
  RemotingClient,
  TransportKind,
} from '../protocol/transport.ts';
import { PendingRequests, requestTimeout } from './pending-requests.ts';
import { connectionClosed } from './remoting-peer.ts';
import {
  CONNECT_TIMEOUT_MS,
  MAX_OUTSTANDING_REQUESTS,
  MAX_PENDING_BYTES,
} from './transport-limits.ts';

export interface RemotingClientOptions {
  readonly connector: Connector;
  readonly clock: Clock;
  readonly log?: Log;
  readonly connectTimeoutMs?: number;
  readonly maxOutstandingRequests?: number;
}

/** One pooled connection. */
class Link {
  readonly address: string;
  readonly cutter = new FrameCutter();
  readonly dialled: Promise<void>;
  connection: ByteConnection | undefined;
  /** Monotonic ms of the last bytes from the peer. */
  receivedMs = Number.NEGATIVE_INFINITY;

  constructor(address: string, dial: (link: Link) => Promise<void>) {
    this.address = address;
    this.dialled = dial(this);
  }
}

export class PooledRemotingClient implements RemotingClient {
  readonly kind: TransportKind;
  readonly #options: RemotingClientOptions;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #links = new Map<string, Link>();
  readonly #pending: PendingRequests<Link>;
  readonly #requestHandlers = new Map<number, PeerRequestHandler>();
  readonly #disconnectListeners: ((address: string, reason: string) => void)[] = [];
  #isClosed = false;

  constructor(options: RemotingClientOptions) {
    this.kind = options.connector.kind;
    this.#options = options;
    this.#clock = options.clock;
    this.#log = options.log ?? silentLog;
    this.#pending = new PendingRequests(
      options.clock,
      options.maxOutstandingRequests ?? MAX_OUTSTANDING_REQUESTS,
      (link, startMs) => this.#onTimeout(link, startMs),
    );
  }

  async invoke(
    address: string,
    request: RemotingCommand,
    options: InvokeOptions,
  ): Promise<RemotingCommand> {
    const startMs = this.#clock.monotonicMs();
    const { link, connection } = await this.#link(address, options);
    const timeoutMs = options.timeoutMs - (this.#clock.monotonicMs() - startMs);
    if (timeoutMs <= 0) throw requestTimeout(address, request.code, options.timeoutMs);
    request.opaque = this.#pending.nextOpaque();
    const frame = encodeFrame(request);
    const { signal } = options;
    const answer = this.#pending.wait({
      opaque: request.opaque,
      code: request.code,
      timeoutMs,
      address,
      owner: link,
      signal,
    });
    connection.write(frame);
    return await answer;
  }

  async invokeOneway(
    address: string,
    request: RemotingCommand,
    options: InvokeOptions,
  ): Promise<void> {
    const { connection } = await this.#link(address, options);
    request.flag |= FLAG_ONEWAY;
    request.opaque = this.#pending.nextOpaque();
    if (!connection.write(encodeFrame(request))) await connection.flushed();
  }

  handleRequests(code: number, handler: PeerRequestHandler): void {
    this.#requestHandlers.set(code, handler);
  }

  onDisconnect(listener: (address: string, reason: string) => void): void {
    this.#disconnectListeners.push(listener);
  }

  close(): Promise<void> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      this.#pending.close(clientClosed());
      for (const link of this.#links.values()) link.connection?.close('the client is closed');
      this.#links.clear();
    }
    return Promise.resolve();
  }

  /** The open connection to `address`, dialled when there is none. */
  async #link(
    address: string,
    options: InvokeOptions,
  ): Promise<{ link: Link; connection: ByteConnection }> {
    if (this.#isClosed) throw clientClosed();
    options.signal?.throwIfAborted();
    let link = this.#links.get(address);
    if (link === undefined) {
      link = new Link(address, (dialling) => this.#dial(dialling));
      this.#links.set(address, link);
    }
    if (link.connection === undefined) await this.#untilDialled(link, options);
    const { connection } = link;
    if (this.#isClosed) throw clientClosed();
    if (connection === undefined) throw connectionClosed(address, 'it was lost at once');
    if (connection.pendingBytes > MAX_PENDING_BYTES / 2) {
      throw new ApogeeError(
        'TOO_MANY_REQUESTS',
        `${connection.pendingBytes} bytes wait to be sent to ${address}`,
        { cure: 'await answers before sending more' },
      );
    }
    return { link, connection };
  }

  async #dial(link: Link): Promise<void> {
    const timeoutMs = this.#options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
    const handler = this.#handlerOf(link);
    try {
      await this.#options.connector.connect(link.address, handler, { timeoutMs });
    } catch (error) {
      this.#forget(link);
      throw error;
    }
  }

  /** Waits for the dial, but no longer than this caller wants to; others may wait longer. */
  #untilDialled(link: Link, options: InvokeOptions): Promise<void> {
    const { timeoutMs, signal } = options;
    return new Promise((resolve, reject) => {
      const onAbort = (): void => finish(() => reject(signal?.reason));
      const timer = this.#clock.after(timeoutMs, () => {
        const cause = `not connected within ${timeoutMs} ms`;
        const message = `cannot connect to ${link.address}: ${cause}`;
        finish(() => reject(new ApogeeError('CONNECT_FAILED', message)));
      });
      const finish = (settle: () => void): void => {
        timer.cancel();
        signal?.removeEventListener('abort', onAbort);
        settle();
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      link.dialled.then(
        () => finish(resolve),
        (error) => finish(() => reject(error)),
      );
    });
  }

  #handlerOf(link: Link): ConnectionHandler {
    return {
      onOpen: (connection) => {
        if (this.#isClosed) connection.close('the client is closed');
        else link.connection = connection;
      },
      onData: (connection, chunk) => this.#onData(link, connection, chunk),
      onClose: (_connection, reason) => this.#onClose(link, reason),
    };
  }

  #onData(link: Link, connection: ByteConnection, chunk: Uint8Array): void {
    link.receivedMs = this.#clock.monotonicMs();
    try {
      for (const frame of link.cutter.push(chunk)) {
        const command = decodeFrame(frame);
        if (isResponse(command)) this.#pending.settle(command);
        else void this.#serve(link.address, connection, command);
      }
    } catch (error) {
      this.#log.warn('bytes that are no remoting frame; the connection is closed', {
        peer: link.address,
        error: errorText(error),
      });
      connection.close(errorText(error));
    }
  }

  #onClose(link: Link, reason: string): void {
    this.#forget(link);
    this.#pending.failAll(link, connectionClosed(link.address, reason));
    if (this.#isClosed) return;
    for (const listener of this.#disconnectListeners) listener(link.address, reason);
  }

  #forget(link: Link): void {
    link.connection = undefined;
    if (this.#links.get(link.address) === link) this.#links.delete(link.address);
  }

  /** A peer that sent nothing since the request went out is taken for dead: dial again. */
  #onTimeout(link: Link, startMs: number): void {
    if (link.receivedMs < startMs)
      link.connection?.close('no bytes came until a request timed out');
  }

  async #serve(address: string, connection: ByteConnection, request: RemotingCommand) {
    const response = await this.#answerOf(address, request);
    if (response === undefined || isOneway(request)) return;
    try {
      connection.write(encodeFrame(response));
    } catch (error) {
      const remark = errorText(error);
      const failure = createResponse(request, ResponseCode.SYSTEM_ERROR, { remark });
      connection.write(encodeFrame(failure));
    }
  }

  async #answerOf(address: string, request: RemotingCommand) {
    const handler = this.#requestHandlers.get(request.code);
    if (handler === undefined) {
      const remark = ` request type ${request.code} not supported`;
      return createResponse(request, ResponseCode.REQUEST_CODE_NOT_SUPPORTED, { remark });
    }
    try {
      return await handler(request, address);
    } catch (error) {
      const remark = errorText(error);
      this.#log.warn('a request of the server failed', { address, code: request.code, remark });
      return createResponse(request, ResponseCode.SYSTEM_ERROR, { remark });
    }
  }
}

function clientClosed(): ApogeeError {
  return new ApogeeError('CLIENT_CLOSED', 'the client is closed');
}
