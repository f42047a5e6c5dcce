// SPDX-License-Identifier: Apache-2.0
/**
 * What the rest of the code needs from a network, as types. `src/transport` implements them over
 * TCP, WebSocket and memory; the SDK gets them injected, so its core has no `node:` import.
 * A connection carries bytes in both directions; frames are cut by whoever owns it.
 */
import type { RemotingCommand } from './remoting-command.ts';

export type TransportKind = 'tcp' | 'websocket' | 'memory';

export interface SocketAddress {
  /** IPv4 or IPv6 text without brackets; an IPv4-mapped IPv6 address is given as IPv4. */
  readonly host: string;
  readonly port: number;
}

/** One duplex connection, the same on the side that dialled and on the side that accepted. */
export interface ByteConnection {
  readonly kind: TransportKind;
  readonly remote: SocketAddress;
  readonly local: SocketAddress;
  /**
   * Sends whole frames. True: the bytes are with the kernel (or copied) and `bytes` may be reused
   * at once. False: `bytes` stays borrowed until `flushed()` resolves, and the caller should stop
   * reading from this peer until then (back-pressure).
   */
  write(bytes: Uint8Array): boolean;
  /** Resolves when everything written has left, or the connection is gone. */
  flushed(): Promise<void>;
  /** Unsent bytes. */
  readonly pendingBytes: number;
  pause(): void;
  resume(): void;
  /** Closes now; `reason` goes to the log of the side that calls. Idempotent. */
  close(reason: string): void;
}

/** Callbacks of a connection. They must not throw; a throw closes that connection alone. */
export interface ConnectionHandler {
  onOpen(connection: ByteConnection): void;
  /** `chunk` is only valid during the call. */
  onData(connection: ByteConnection, chunk: Uint8Array): void;
  /** Called once, after the last `onData`. */
  onClose(connection: ByteConnection, reason: string): void;
}

export interface Listener {
  /** Errors: PORT_IN_USE with the port and the cure. */
  listen(handler: ConnectionHandler): Promise<SocketAddress>;
  /** Stops accepting and closes every connection. */
  close(): Promise<void>;
}

/** Dials `host:port`. Errors: CONNECT_FAILED naming the address and the cause. */
export interface Connector {
  readonly kind: TransportKind;
  connect(
    address: string,
    handler: ConnectionHandler,
    options: { readonly timeoutMs: number },
  ): Promise<ByteConnection>;
}

export interface InvokeOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** Handles a request that a peer sends to us; undefined = nothing to answer. */
export type PeerRequestHandler = (
  request: RemotingCommand,
  address: string,
) => RemotingCommand | undefined | Promise<RemotingCommand | undefined>;

/**
 * Requests and answers over pooled connections, one per address, dialled on first use.
 * Source: NettyRemotingClient.
 */
export interface RemotingClient {
  /** Transport of every connection of this client; a name server answers by it. */
  readonly kind: TransportKind;
  /**
   * Sends `request` to `host:port` and resolves with the response, whatever its code.
   * Errors: CONNECT_FAILED, CONNECTION_CLOSED, REQUEST_TIMEOUT, TOO_MANY_REQUESTS, CLIENT_CLOSED.
   */
  invoke(
    address: string,
    request: RemotingCommand,
    options: InvokeOptions,
  ): Promise<RemotingCommand>;
  /** Sends without waiting for an answer; resolves when the frame was handed to the connection. */
  invokeOneway(address: string, request: RemotingCommand, options: InvokeOptions): Promise<void>;
  /** Serves requests that brokers send to us (codes 40, 220, 307 …). */
  handleRequests(code: number, handler: PeerRequestHandler): void;
  /** Called when a pooled connection is lost. */
  onDisconnect(listener: (address: string, reason: string) => void): void;
  close(): Promise<void>;
}
