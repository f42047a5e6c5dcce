// SPDX-License-Identifier: Apache-2.0
/**
 * The contract between a server's dispatcher and its processors, one processor per request code.
 */
import type { RemotingCommand } from './remoting-command.ts';
import type { SocketAddress, TransportKind } from './transport.ts';

/** A client's connection as processors see it. */
export interface PeerConnection {
  /** Unique in this process while the connection lives; never reused. */
  readonly id: number;
  readonly kind: TransportKind;
  readonly remote: SocketAddress;
  readonly local: SocketAddress;
  readonly isOpen: boolean;
  /** Encodes and sends one command. Returns false when the connection is gone. */
  send(command: RemotingCommand): boolean;
  /**
   * Sends a request to the peer and resolves with its answer.
   * Errors: CONNECTION_CLOSED, REQUEST_TIMEOUT, TOO_MANY_REQUESTS.
   */
  invoke(request: RemotingCommand, timeoutMs: number): Promise<RemotingCommand>;
  close(reason: string): void;
}

export interface RequestContext {
  readonly connection: PeerConnection;
  readonly request: RemotingCommand;
  /** Wall clock when the request was taken up. */
  readonly nowMs: number;
}

/**
 * Serves one request. Undefined: nothing to send (oneway, or the answer comes later through
 * `connection.send`). A throw is answered with SYSTEM_ERROR (HEADER_FIELD and BODY_INVALID
 * included) and never reaches other connections. Oneway requests are never answered.
 */
export type RequestProcessor = (
  context: RequestContext,
) => RemotingCommand | undefined | Promise<RemotingCommand | undefined>;

/** What a server owner offers to a dispatcher: processors by request code. */
export type ProcessorTable = ReadonlyMap<number, RequestProcessor>;
