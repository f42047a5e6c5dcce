// SPDX-License-Identifier: Apache-2.0
/**
 * Serves requests on any number of listeners: cuts frames, makes peers, dispatches. What one peer
 * sends wrong closes that peer alone. Source: NettyRemotingServer.
 */
import type { Clock } from '../core/clock.ts';
import { errorText } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { FrameCutter } from '../protocol/frame.ts';
import type {
  ByteConnection,
  ConnectionHandler,
  Listener,
  SocketAddress,
} from '../protocol/transport.ts';
import { describeForeignBytes } from './foreign-bytes.ts';
import { RemotingPeer } from './remoting-peer.ts';
import type { RequestDispatcher } from './request-dispatcher.ts';
import { MAX_CARRIED_BYTES } from './transport-limits.ts';

export interface RemotingServerOptions {
  readonly listeners: readonly Listener[];
  readonly dispatcher: RequestDispatcher;
  readonly clock: Clock;
  readonly log: Log;
  readonly onPeerOpen?: (peer: RemotingPeer) => void;
  readonly onPeerClose?: (peer: RemotingPeer, reason: string) => void;
  /** Bytes of incomplete frames that all peers together may leave here. */
  readonly maxCarriedBytes?: number;
}

interface Session {
  readonly peer: RemotingPeer;
  readonly cutter: FrameCutter;
  carriedBytes: number;
}

export class RemotingServer implements ConnectionHandler {
  readonly #options: RemotingServerOptions;
  readonly #maxCarriedBytes: number;
  readonly #sessions = new Map<ByteConnection, Session>();
  #carriedBytes = 0;

  constructor(options: RemotingServerOptions) {
    this.#options = options;
    this.#maxCarriedBytes = options.maxCarriedBytes ?? MAX_CARRIED_BYTES;
  }

  /** Peers connected now. */
  get peerCount(): number {
    return this.#sessions.size;
  }

  /** Result: where each listener listens. When one fails, the others are closed again. */
  async start(): Promise<SocketAddress[]> {
    const addresses: SocketAddress[] = [];
    try {
      for (const listener of this.#options.listeners) addresses.push(await listener.listen(this));
    } catch (error) {
      await this.close();
      throw error;
    }
    return addresses;
  }

  async close(): Promise<void> {
    await Promise.all(this.#options.listeners.map((listener) => listener.close()));
  }

  onOpen(connection: ByteConnection): void {
    const peer = new RemotingPeer(connection, this.#options.clock);
    this.#sessions.set(connection, { peer, cutter: new FrameCutter(), carriedBytes: 0 });
    this.#options.onPeerOpen?.(peer);
  }

  onData(connection: ByteConnection, chunk: Uint8Array): void {
    const session = this.#sessions.get(connection);
    if (session === undefined) return;
    const { peer, cutter } = session;
    try {
      for (const frame of cutter.push(chunk)) this.#options.dispatcher.dispatch(peer, frame);
    } catch (error) {
      this.#refuse(peer, describeForeignBytes(chunk) ?? errorText(error));
      return;
    }
    this.#carriedBytes += cutter.carriedBytes - session.carriedBytes;
    session.carriedBytes = cutter.carriedBytes;
    if (this.#carriedBytes > this.#maxCarriedBytes) {
      this.#refuse(peer, `incomplete frames of all clients exceed ${this.#maxCarriedBytes} bytes`);
    }
  }

  onClose(connection: ByteConnection, reason: string): void {
    const session = this.#sessions.get(connection);
    if (session === undefined) return;
    this.#sessions.delete(connection);
    this.#carriedBytes -= session.carriedBytes;
    session.peer.onClosed(reason);
    this.#options.onPeerClose?.(session.peer, reason);
  }

  #refuse(peer: RemotingPeer, what: string): void {
    this.#options.log.warn('bytes that are no remoting frame; the connection is closed', {
      peer: peer.address,
      received: what,
    });
    peer.close(what);
  }
}
