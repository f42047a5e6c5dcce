// SPDX-License-Identifier: Apache-2.0
/**
 * The data path between sockets and the store: one store call per chunk read, one write per
 * connection that has output, and cold frames to their processors. Nothing is allocated per
 * message. Thread: I/O thread. Source: DESIGN §3 rules 1, 4, 5; store/message-store.ts.
 *
 * Slab ownership: replies lie in the store's output slab. A write that returns false borrows it,
 * so the store gets a fresh slab before its next call. A connection that already has unsent bytes
 * gets a copy, so it holds one slab at most. Back-pressure is the transport's: it stops reading
 * from a peer that does not take its answers.
 */
import { assert } from '../core/assert.ts';
import type { Clock } from '../core/clock.ts';
import { errorText } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { PeerConnection } from '../protocol/processor.ts';
import type { ByteConnection, ConnectionHandler } from '../protocol/transport.ts';
import { ColdReason, Control, ControlFlag, type MessageStore } from '../store/message-store.ts';
import { describeForeignBytes } from '../transport/foreign-bytes.ts';
import { RemotingPeer } from '../transport/remoting-peer.ts';
import { type ColdPullServer, ColdReadQueue } from './cold-read-queue.ts';

export type DataPathStore = Pick<
  MessageStore,
  | 'control'
  | 'coldFrames'
  | 'output'
  | 'replaceOutput'
  | 'openSession'
  | 'closeSession'
  | 'ingest'
  | 'serve'
  | 'drain'
  | 'tick'
  | 'lastError'
> & {
  /** Takes back a slab that no socket borrows any more, for a later `replaceOutput`. */
  recycleOutput?(slab: Uint8Array): void;
};

export interface BrokerServerParts {
  readonly store: DataPathStore;
  readonly clock: Clock;
  readonly log: Log;
  /** Takes one whole frame, which it owns. */
  readonly dispatch: (peer: RemotingPeer, frame: Uint8Array) => void;
  readonly serveColdPull: ColdPullServer;
  /** Answers a pull that found too many others waiting for the disk. */
  readonly refuseColdPull: (peer: RemotingPeer, frame: Uint8Array) => void;
  readonly onPeerClosed: (peer: RemotingPeer) => void;
}

interface Session {
  readonly number: number;
  readonly connection: ByteConnection;
  readonly peer: RemotingPeer;
  /** Its bytes were no frames; the connection is closing. */
  broken: boolean;
  closed: boolean;
}

interface ColdFrame {
  readonly frame: Uint8Array;
  readonly reason: number;
}

const noColdFrames: readonly ColdFrame[] = [];

export class BrokerServer implements ConnectionHandler {
  readonly #parts: BrokerServerParts;
  readonly #store: DataPathStore;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #coldReads: ColdReadQueue;
  readonly #byConnection = new Map<ByteConnection, Session>();
  readonly #byPeer = new Map<number, Session>();
  /** Index = session number of the store. */
  readonly #byNumber: (Session | undefined)[] = [];
  /** Connections that borrowed the slab during the current call. */
  readonly #borrowers: ByteConnection[] = [];
  #writing = false;
  #storeFailureLogged = '';

  constructor(parts: BrokerServerParts) {
    this.#parts = parts;
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#coldReads = new ColdReadQueue(parts.serveColdPull);
  }

  get connections(): number {
    return this.#byConnection.size;
  }

  get coldReadsWaiting(): number {
    return this.#coldReads.waiting;
  }

  onOpen(connection: ByteConnection): void {
    const { host, port } = connection.remote;
    const session: Session = {
      number: this.#store.openSession(host, port),
      connection,
      peer: new RemotingPeer(connection, this.#clock),
      broken: false,
      closed: false,
    };
    this.#byConnection.set(connection, session);
    this.#byPeer.set(session.peer.id, session);
    this.#byNumber[session.number] = session;
  }

  onData(connection: ByteConnection, chunk: Uint8Array): void {
    const session = this.#byConnection.get(connection);
    if (session === undefined || session.broken) return;
    assert(!this.#writing, 'a write re-entered the data path');
    const nowMs = this.#clock.nowMs();
    let at = 0;
    do {
      this.#store.ingest(session.number, chunk, at, chunk.length - at, nowMs);
      const consumed = this.#store.control[Control.CONSUMED] ?? 0;
      at += consumed;
      const broken = this.#finishCall(session, nowMs);
      if (broken !== undefined) {
        this.#closeBroken(session, describeForeignBytes(chunk) ?? broken);
        return;
      }
      assert(consumed > 0 || at === chunk.length || session.closed, 'the store took no bytes');
    } while (at < chunk.length && !session.closed);
  }

  onClose(connection: ByteConnection, reason: string): void {
    const session = this.#byConnection.get(connection);
    if (session === undefined) return;
    session.closed = true;
    this.#byConnection.delete(connection);
    this.#byPeer.delete(session.peer.id);
    this.#byNumber[session.number] = undefined;
    this.#store.closeSession(session.number);
    session.peer.onClosed(reason);
    this.#parts.onPeerClosed(session.peer);
  }

  /**
   * Serves a frame of `peer` natively after its tables were mended. False: it is cold still, and
   * nothing was answered.
   */
  serveAgain(peer: PeerConnection, frame: Uint8Array): boolean {
    const session = this.#byPeer.get(peer.id);
    if (session === undefined) return true;
    return this.#serve(session, frame).every(({ reason }) => {
      if (reason !== ColdReason.COLD_READ) return false;
      this.#readCold(session, frame);
      return true;
    });
  }

  /** Writes what flush groups and wake-ups left for connections. */
  drain(): void {
    const nowMs = this.#clock.nowMs();
    this.#store.drain(nowMs);
    this.#finishCall(undefined, nowMs);
  }

  /** Lets the store expire suspended pulls and overdue replies. Call every 100 ms. */
  tick(): void {
    const nowMs = this.#clock.nowMs();
    this.#store.tick(nowMs);
    this.#finishCall(undefined, nowMs);
  }

  #serve(session: Session, frame: Uint8Array): readonly ColdFrame[] {
    const nowMs = this.#clock.nowMs();
    this.#store.serve(session.number, frame, nowMs);
    const cold = this.#coldFrames();
    this.#finishCall(session, nowMs, noColdFrames);
    return cold;
  }

  /**
   * Takes the results of a store call: replies out, flags, then cold frames in order. Result: what
   * is wrong with the session's bytes, if they are no frames.
   */
  #finishCall(
    session: Session | undefined,
    nowMs: number,
    cold: readonly ColdFrame[] = this.#coldFrames(),
  ): string | undefined {
    let flags = this.#store.control[Control.FLAGS] ?? 0;
    const error = flags === 0 ? '' : this.#store.lastError();
    const broken = (flags & ControlFlag.PROTOCOL_ERROR) !== 0;
    if ((flags & ControlFlag.STORE_FAILED) !== 0) this.#logStoreFailure(error);
    this.#writeReplies(session);
    while ((flags & ControlFlag.MORE_OUTPUT) !== 0) {
      this.#store.drain(nowMs);
      flags = this.#store.control[Control.FLAGS] ?? 0;
      this.#writeReplies(undefined);
    }
    for (const item of cold) {
      if (session === undefined || session.closed) break;
      this.#dispatch(session, item);
    }
    return broken ? error : undefined;
  }

  #closeBroken(session: Session, reason: string): void {
    const { connection, peer } = session;
    session.broken = true;
    this.#log.warn('bytes that are no remoting frame; the connection is closed', {
      peer: peer.address,
      received: reason,
    });
    connection.close(reason);
  }

  #logStoreFailure(error: string): void {
    if (error === this.#storeFailureLogged) return;
    this.#storeFailureLogged = error;
    this.#log.error('the store refuses messages', { reason: error });
  }

  /** Copies the frames of the last call that were not served; the originals are overwritten. */
  #coldFrames(): readonly ColdFrame[] {
    const { control, coldFrames } = this.#store;
    const count = control[Control.COLD_COUNT] ?? 0;
    if (count === 0) return noColdFrames;
    return Array.from({ length: count }, (_, index) => {
      const at = Control.COLD_BASE + index * 3;
      return {
        frame: coldFrames.slice(control[at], control[at + 1]),
        reason: control[at + 2] ?? ColdReason.NOT_HOT,
      };
    });
  }

  #dispatch(session: Session, { frame, reason }: ColdFrame): void {
    if (reason === ColdReason.COLD_READ) this.#readCold(session, frame);
    else this.#parts.dispatch(session.peer, frame);
  }

  #readCold(session: Session, frame: Uint8Array): void {
    const accepted = this.#coldReads.submit({
      frame,
      done: (reply) => {
        if (session.closed) return;
        if (reply !== undefined) session.connection.write(reply);
        // What the pool cannot decide either is the processor's: it may touch the disk.
        else if (this.#serve(session, frame).length > 0) this.#parts.dispatch(session.peer, frame);
      },
      failed: (error) => {
        this.#log.error('the read pool failed', { reason: errorText(error) });
        if (!session.closed) this.#parts.dispatch(session.peer, frame);
      },
    });
    if (!accepted) this.#parts.refuseColdPull(session.peer, frame);
  }

  #writeReplies(session: Session | undefined): void {
    const { control } = this.#store;
    const replyEnd = control[Control.REPLY_END] ?? 0;
    const others = control[Control.OTHER_COUNT] ?? 0;
    if (replyEnd === 0 && others === 0) return;
    const { output } = this.#store;
    this.#writing = true;
    try {
      if (replyEnd > 0 && session !== undefined) {
        this.#writeRange(session.connection, output, 0, replyEnd);
      }
      for (let index = 0; index < others; index += 1) {
        const at = Control.OTHER_BASE + index * 3;
        const other = this.#byNumber[control[at] ?? -1];
        if (other === undefined) continue;
        this.#writeRange(other.connection, output, control[at + 1] ?? 0, control[at + 2] ?? 0);
      }
    } finally {
      this.#writing = false;
      if (this.#borrowers.length > 0) this.#lendSlab(output);
    }
  }

  #writeRange(connection: ByteConnection, output: Uint8Array, start: number, end: number): void {
    if (connection.pendingBytes > 0) connection.write(output.slice(start, end));
    else if (!connection.write(output.subarray(start, end))) this.#borrowers.push(connection);
  }

  /** The slab stays with the sockets that did not take their bytes; the store gets another. */
  #lendSlab(slab: Uint8Array): void {
    const borrowers = this.#borrowers.splice(0);
    this.#store.replaceOutput();
    const returned = Promise.all(borrowers.map((connection) => connection.flushed()));
    returned.then(
      () => this.#store.recycleOutput?.(slab),
      // A connection that failed may still hold the slab: it is left to the garbage collector.
      () => {},
    );
  }
}
