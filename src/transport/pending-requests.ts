// SPDX-License-Identifier: Apache-2.0
/**
 * Requests sent and not answered yet, by opaque. One timer for all deadlines, which runs only
 * while something waits. Source: NettyRemotingAbstract.responseTable, ResponseFuture.
 */
import type { Clock, Timer } from '../core/clock.ts';
import { ApogeeError } from '../core/errors.ts';
import { requestCodeName } from '../protocol/codes.ts';
import type { RemotingCommand } from '../protocol/remoting-command.ts';
import { TIMEOUT_SWEEP_MS } from './transport-limits.ts';

/** What is known of a request that waits. */
export interface WaitingRequest<Owner> {
  readonly opaque: number;
  readonly code: number;
  readonly timeoutMs: number;
  /** Named in errors. */
  readonly address: string;
  /** The connection it went out on. */
  readonly owner: Owner;
  readonly signal?: AbortSignal | undefined;
}

interface Entry<Owner> extends WaitingRequest<Owner> {
  readonly startMs: number;
  readonly deadlineMs: number;
  readonly resolve: (response: RemotingCommand) => void;
  readonly reject: (error: unknown) => void;
  readonly onAbort: (() => void) | undefined;
}

export class PendingRequests<Owner> {
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #onTimeout: ((owner: Owner, startMs: number) => void) | undefined;
  readonly #entries = new Map<number, Entry<Owner>>();
  #lastOpaque = 0;
  #earliestMs = Number.POSITIVE_INFINITY;
  #timer: Timer | undefined;

  /** `onTimeout` is told the connection and when the request went out (monotonic ms). */
  constructor(clock: Clock, limit: number, onTimeout?: (owner: Owner, startMs: number) => void) {
    this.#clock = clock;
    this.#limit = limit;
    this.#onTimeout = onTimeout;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** A positive int32 that no waiting request has. Errors: TOO_MANY_REQUESTS. */
  nextOpaque(): number {
    if (this.#entries.size >= this.#limit) {
      throw new ApogeeError(
        'TOO_MANY_REQUESTS',
        `${this.#limit} requests are waiting for an answer already`,
        { cure: 'await answers before sending more' },
      );
    }
    do this.#lastOpaque = (this.#lastOpaque + 1) & 0x7fffffff;
    while (this.#entries.has(this.#lastOpaque));
    return this.#lastOpaque;
  }

  /** Errors: REQUEST_TIMEOUT, whatever `failAll` is given, the signal's reason. */
  wait(request: WaitingRequest<Owner>): Promise<RemotingCommand> {
    const startMs = this.#clock.monotonicMs();
    const deadlineMs = startMs + request.timeoutMs;
    this.#earliestMs = Math.min(this.#earliestMs, deadlineMs);
    this.#timer ??= this.#clock.every(TIMEOUT_SWEEP_MS, () => this.#sweep(), { unref: true });
    const { opaque, signal } = request;
    return new Promise((resolve, reject) => {
      const onAbort = signal && ((): void => this.#fail(opaque, signal.reason));
      if (onAbort !== undefined) signal?.addEventListener('abort', onAbort, { once: true });
      this.#entries.set(opaque, { ...request, startMs, deadlineMs, resolve, reject, onAbort });
    });
  }

  /** False: nobody waits for that opaque (any more). */
  settle(response: RemotingCommand): boolean {
    const entry = this.#take(response.opaque);
    entry?.resolve(response);
    return entry !== undefined;
  }

  /** Fails the requests of one owner. */
  failAll(owner: Owner, error: ApogeeError): void {
    for (const entry of this.#entries.values()) {
      if (entry.owner === owner) this.#fail(entry.opaque, error);
    }
  }

  /** Fails every request. */
  close(error: ApogeeError): void {
    for (const opaque of this.#entries.keys()) this.#fail(opaque, error);
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #fail(opaque: number, error: unknown): void {
    this.#take(opaque)?.reject(error);
  }

  #take(opaque: number): Entry<Owner> | undefined {
    const entry = this.#entries.get(opaque);
    if (entry === undefined) return undefined;
    this.#entries.delete(opaque);
    if (entry.onAbort !== undefined) entry.signal?.removeEventListener('abort', entry.onAbort);
    return entry;
  }

  #sweep(): void {
    if (this.#entries.size === 0) {
      this.#timer?.cancel();
      this.#timer = undefined;
      this.#earliestMs = Number.POSITIVE_INFINITY;
      return;
    }
    const nowMs = this.#clock.monotonicMs();
    if (nowMs < this.#earliestMs) return;
    let earliestMs = Number.POSITIVE_INFINITY;
    for (const entry of this.#entries.values()) {
      if (entry.deadlineMs > nowMs) {
        earliestMs = Math.min(earliestMs, entry.deadlineMs);
        continue;
      }
      const { opaque, address, code, timeoutMs, owner, startMs } = entry;
      this.#fail(opaque, requestTimeout(address, code, timeoutMs));
      this.#onTimeout?.(owner, startMs);
    }
    this.#earliestMs = earliestMs;
  }
}

export function requestTimeout(address: string, code: number, timeoutMs: number): ApogeeError {
  return new ApogeeError(
    'REQUEST_TIMEOUT',
    `no answer from ${address} to ${requestCodeName(code)} within ${timeoutMs} ms`,
    { cure: 'see whether that server is overloaded or unreachable, or allow more time' },
  );
}
