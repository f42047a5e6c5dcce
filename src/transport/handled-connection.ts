// SPDX-License-Identifier: Apache-2.0
/**
 * What every connection has in common, whatever carries its bytes: callbacks that cannot hurt
 * others, closing once, and back-pressure. A carrier implements the protected methods and reports
 * with `opened`, `received`, `drained` and `ended`.
 */
import { errorText } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { formatHostPort } from '../protocol/ip-address.ts';
import type {
  ByteConnection,
  ConnectionHandler,
  SocketAddress,
  TransportKind,
} from '../protocol/transport.ts';
import type { IdleSweeper, IdleTracked } from './idle-sweeper.ts';
import { MAX_PENDING_BYTES, MAX_UNSENT_BYTES, RESUME_UNSENT_BYTES } from './transport-limits.ts';

/** Shared by all connections of one listener or connector, so that none costs a closure. */
export interface ConnectionOwner {
  readonly handler: ConnectionHandler;
  readonly idle: IdleSweeper;
  readonly log: Log;
}

export abstract class HandledConnection implements ByteConnection, IdleTracked {
  abstract readonly kind: TransportKind;
  abstract readonly pendingBytes: number;
  readonly remote: SocketAddress;
  readonly local: SocketAddress;
  activeTick = 0;
  readonly #owner: ConnectionOwner;
  /** Set when one side closed; the first reason stays. */
  #closeReason: string | undefined;
  #ended = false;
  #pausedByOwner = false;
  #pausedByUnsent = false;
  #flushed: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;

  constructor(owner: ConnectionOwner, remote: SocketAddress, local: SocketAddress) {
    this.#owner = owner;
    this.remote = remote;
    this.local = local;
  }

  /** Takes `bytes`. True: none of them is needed any more and none waits. */
  protected abstract transmit(bytes: Uint8Array): boolean;
  /** Starts or stops `received`. Called on changes only. */
  protected abstract read(enabled: boolean): void;
  /** Closes the carrier; it reports `ended` afterwards or at once. */
  protected abstract disconnect(reason: string): void;

  get isClosed(): boolean {
    return this.#closeReason !== undefined;
  }

  write(bytes: Uint8Array): boolean {
    if (this.#closeReason !== undefined) return true;
    this.activeTick = this.#owner.idle.tick;
    if (this.transmit(bytes)) return true;
    const pending = this.pendingBytes;
    if (pending > MAX_PENDING_BYTES) {
      this.close(`${pending} bytes wait because the peer does not read; ${MAX_PENDING_BYTES} may`);
      return true;
    }
    if (pending > MAX_UNSENT_BYTES && !this.#pausedByUnsent) {
      this.#pausedByUnsent = true;
      if (!this.#pausedByOwner) this.read(false);
    }
    return false;
  }

  flushed(): Promise<void> {
    if (this.#ended || this.pendingBytes === 0) return Promise.resolve();
    if (this.#flushed === undefined) {
      let resolve = (): void => {};
      const promise = new Promise<void>((settle) => {
        resolve = settle;
      });
      this.#flushed = { promise, resolve };
    }
    return this.#flushed.promise;
  }

  pause(): void {
    if (this.#pausedByOwner) return;
    this.#pausedByOwner = true;
    if (!this.#pausedByUnsent && !this.isClosed) this.read(false);
  }

  resume(): void {
    if (!this.#pausedByOwner) return;
    this.#pausedByOwner = false;
    if (!this.#pausedByUnsent && !this.isClosed) this.read(true);
  }

  close(reason: string): void {
    if (this.#closeReason !== undefined) return;
    this.#closeReason = reason;
    this.disconnect(reason);
  }

  protected opened(): void {
    this.#owner.idle.add(this);
    try {
      this.#owner.handler.onOpen(this);
    } catch (error) {
      this.#handlerFailed(error);
    }
  }

  protected received(chunk: Uint8Array): void {
    if (this.#closeReason !== undefined) return;
    this.activeTick = this.#owner.idle.tick;
    try {
      this.#owner.handler.onData(this, chunk);
    } catch (error) {
      this.#handlerFailed(error);
    }
  }

  /** Some or all of what waited has left. */
  protected drained(): void {
    const pending = this.pendingBytes;
    if (pending === 0) this.#settleFlushed();
    if (this.#pausedByUnsent && pending <= RESUME_UNSENT_BYTES) {
      this.#pausedByUnsent = false;
      if (!this.#pausedByOwner && !this.isClosed) this.read(true);
    }
  }

  /** The carrier is gone. `reason` counts when neither side gave one before. */
  protected ended(reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#closeReason ??= reason;
    this.#owner.idle.remove(this);
    this.#settleFlushed();
    try {
      this.#owner.handler.onClose(this, this.#closeReason);
    } catch (error) {
      this.#owner.log.error('a close handler failed', { error: errorText(error) });
    }
  }

  #settleFlushed(): void {
    this.#flushed?.resolve();
    this.#flushed = undefined;
  }

  #handlerFailed(error: unknown): void {
    const peer = formatHostPort(this.remote.host, this.remote.port);
    this.#owner.log.error('the handler of a connection failed; the connection is closed', {
      peer,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
    this.close(`internal error: ${errorText(error)}`);
  }
}
