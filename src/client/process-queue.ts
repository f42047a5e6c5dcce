// SPDX-License-Identifier: Apache-2.0
/**
 * The messages of one queue that were pulled and are not acknowledged yet.
 *
 *   oldest                                   newest
 *   [ done | in work | done | in work | cached | cached ]     maxSeen
 *     ^ released as soon as it is the oldest
 *
 * The offset to commit is the smallest unacknowledged one, or one past the highest ever seen when
 * nothing is left. Offsets arrive in ascending order (a pull answer never goes back).
 * Source: ProcessQueue, spec remoting §4.7.
 */
import type { MessageQueue } from '../protocol/message-queue.ts';

export const MAX_CACHED_MESSAGES = 1000;
export const MAX_CACHED_BYTES = 100 * 1024 * 1024;
export const MAX_OFFSET_SPAN = 2000;

/** Above one of these limits a queue is not pulled. */
export interface FlowLimits {
  readonly maxMessages: number;
  readonly maxBytes: number;
  readonly maxSpan: number;
}

export const defaultFlowLimits: FlowLimits = {
  maxMessages: MAX_CACHED_MESSAGES,
  maxBytes: MAX_CACHED_BYTES,
  maxSpan: MAX_OFFSET_SPAN,
};

/** What a message occupies in the queue. `T` is the message as the consumer sees it. */
export interface QueueEntry<T> {
  readonly owner: ProcessQueue<T>;
  readonly offset: number;
  readonly bytes: number;
  message: T;
  /** Clock time when it was handed to the listener; undefined while it waits. */
  startedAtMs: number | undefined;
  done: boolean;
}

export class ProcessQueue<T> {
  readonly queue: MessageQueue;
  /** True once no further message may be delivered; those in work may still finish. */
  revoked = false;
  /** True once the queue may belong to another consumer: results no longer count. */
  dropped = false;
  #entries: QueueEntry<T>[] = [];
  /** Index of the oldest entry; everything before it is released. */
  #head = 0;
  #unacked = 0;
  #unackedBytes = 0;
  #maxSeen = -1;

  constructor(queue: MessageQueue) {
    this.queue = queue;
  }

  get unackedCount(): number {
    return this.#unacked;
  }

  get unackedBytes(): number {
    return this.#unackedBytes;
  }

  get oldest(): QueueEntry<T> | undefined {
    return this.#entries[this.#head];
  }

  /** Distance of the oldest and the newest unreleased offset. */
  get span(): number {
    const oldest = this.oldest;
    const newest = this.#entries[this.#entries.length - 1];
    return oldest === undefined || newest === undefined ? 0 : newest.offset - oldest.offset;
  }

  /** Undefined for an offset that is not above the highest seen: a repeated answer. */
  add(offset: number, bytes: number, message: T): QueueEntry<T> | undefined {
    if (offset <= this.#maxSeen) return undefined;
    const entry: QueueEntry<T> = {
      owner: this,
      offset,
      bytes,
      message,
      startedAtMs: undefined,
      done: false,
    };
    this.#entries.push(entry);
    this.#maxSeen = offset;
    this.#unacked += 1;
    this.#unackedBytes += bytes;
    return entry;
  }

  /**
   * Everything below `nextOffset` was looked at by the broker: what is not cached does not match
   * the subscription, so the offset may pass over it.
   */
  advanceTo(nextOffset: number): void {
    if (nextOffset - 1 > this.#maxSeen) this.#maxSeen = nextOffset - 1;
  }

  /** Marks an entry as finished. Idempotent. */
  complete(entry: QueueEntry<T>): void {
    if (entry.done) return;
    entry.done = true;
    this.#unacked -= 1;
    this.#unackedBytes -= entry.bytes;
    while (this.#entries[this.#head]?.done === true) this.#head += 1;
    if (this.#head === this.#entries.length) {
      this.#entries = [];
      this.#head = 0;
    } else if (this.#head >= 256 && this.#head * 2 >= this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
  }

  /** Undefined before the first answer of the broker. */
  get commitOffset(): number | undefined {
    const oldest = this.oldest;
    if (oldest !== undefined) return oldest.offset;
    return this.#maxSeen < 0 ? undefined : this.#maxSeen + 1;
  }

  /** The limit that is exceeded, in words for a log; undefined: pull on. */
  overLimit(limits: FlowLimits): string | undefined {
    if (this.#unacked > limits.maxMessages) return `${this.#unacked} messages wait`;
    if (this.#unackedBytes > limits.maxBytes) return `${this.#unackedBytes} bytes wait`;
    if (this.span > limits.maxSpan) return `offsets span ${this.span}`;
    return undefined;
  }

  /** Entries not finished, oldest first. */
  unfinished(): QueueEntry<T>[] {
    return this.#entries.slice(this.#head).filter((entry) => !entry.done);
  }
}
