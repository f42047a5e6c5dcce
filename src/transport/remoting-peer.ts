// SPDX-License-Identifier: Apache-2.0
/** A connected client as processors see it, over any ByteConnection. */
import type { Clock } from '../core/clock.ts';
import { ApogeeError } from '../core/errors.ts';
import { encodeFrame } from '../protocol/frame.ts';
import { formatHostPort } from '../protocol/ip-address.ts';
import type { PeerConnection } from '../protocol/processor.ts';
import type { RemotingCommand } from '../protocol/remoting-command.ts';
import type { ByteConnection, SocketAddress, TransportKind } from '../protocol/transport.ts';
import { PendingRequests } from './pending-requests.ts';
import { MAX_OUTSTANDING_REQUESTS, MAX_REQUESTS_IN_WORK } from './transport-limits.ts';

export class RemotingPeer implements PeerConnection {
  static #lastId = 0;

  readonly id: number;
  readonly connection: ByteConnection;
  readonly #clock: Clock;
  #isOpen = true;
  #requestsInWork = 0;
  /** Made on the first request of ours; most peers never get one. */
  #pending: PendingRequests<RemotingPeer> | undefined;

  constructor(connection: ByteConnection, clock: Clock) {
    RemotingPeer.#lastId += 1;
    this.id = RemotingPeer.#lastId;
    this.connection = connection;
    this.#clock = clock;
  }

  get kind(): TransportKind {
    return this.connection.kind;
  }

  get remote(): SocketAddress {
    return this.connection.remote;
  }

  get local(): SocketAddress {
    return this.connection.local;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** `host:port` of the peer, for logs. */
  get address(): string {
    return formatHostPort(this.remote.host, this.remote.port);
  }

  /** Errors: FRAME_INVALID when the command does not fit a frame. */
  send(command: RemotingCommand): boolean {
    if (!this.#isOpen) return false;
    this.connection.write(encodeFrame(command));
    return this.#isOpen;
  }

  async invoke(request: RemotingCommand, timeoutMs: number): Promise<RemotingCommand> {
    if (!this.#isOpen) throw connectionClosed(this.address, 'it is closed');
    this.#pending ??= new PendingRequests(this.#clock, MAX_OUTSTANDING_REQUESTS);
    request.opaque = this.#pending.nextOpaque();
    const frame = encodeFrame(request);
    const answer = this.#pending.wait({
      opaque: request.opaque,
      code: request.code,
      timeoutMs,
      address: this.address,
      owner: this,
    });
    this.connection.write(frame);
    return await answer;
  }

  close(reason: string): void {
    this.connection.close(reason);
  }

  /** Takes the peer's answer to a request of ours. False: it came too late, or out of nowhere. */
  settle(response: RemotingCommand): boolean {
    return this.#pending?.settle(response) ?? false;
  }

  /** The owner of the connection says that it is gone. */
  onClosed(reason: string): void {
    this.#isOpen = false;
    this.#pending?.close(connectionClosed(this.address, reason));
  }

  /** A processor took up a request and answers later; the peer is not read above the limit. */
  beginWork(): void {
    this.#requestsInWork += 1;
    if (this.#requestsInWork === MAX_REQUESTS_IN_WORK) this.connection.pause();
  }

  endWork(): void {
    if (this.#requestsInWork === MAX_REQUESTS_IN_WORK) this.connection.resume();
    this.#requestsInWork -= 1;
  }
}

export function connectionClosed(address: string, reason: string): ApogeeError {
  return new ApogeeError(
    'CONNECTION_CLOSED',
    `the connection to ${address} closed before the answer came: ${reason}`,
  );
}
