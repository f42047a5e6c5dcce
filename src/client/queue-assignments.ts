// SPDX-License-Identifier: Apache-2.0
/**
 * The queues a consumer works on right now: starts a puller for each one it gets, ends it and
 * commits when it loses one.
 */
import { errorText } from '../core/errors.ts';
import { type MessageQueue, messageQueueKey } from '../protocol/message-queue.ts';
import type { ClientInstance } from './client-instance.ts';
import type { Delivery } from './delivery.ts';
import type { MessageParts } from './message.ts';
import type { OffsetStore } from './offset-store.ts';
import { ProcessQueue, type QueueEntry } from './process-queue.ts';
import { type PullerHost, type PullerSettings, QueuePuller } from './queue-puller.ts';

/** How long a queue that is lost waits for messages in work, so that they count as consumed. */
export const REVOKE_DRAIN_MS = 300;

const DRAIN_POLL_MS = 10;

interface Assignment {
  readonly processQueue: ProcessQueue<MessageParts>;
  readonly stop: AbortController;
}

export interface AssignmentParts {
  readonly instance: ClientInstance;
  readonly offsets: OffsetStore;
  readonly delivery: Delivery<MessageParts>;
  readonly settings: PullerSettings;
  readonly subscriptionOf: PullerHost['subscriptionOf'];
  /** False: pulls never commit (broadcasting, explicit commits). */
  readonly commitWithPull: boolean;
}

export class QueueAssignments implements PullerHost {
  readonly #parts: AssignmentParts;
  readonly #assigned = new Map<string, Assignment>();
  #stopped = false;

  constructor(parts: AssignmentParts) {
    this.#parts = parts;
  }

  queues(): MessageQueue[] {
    return [...this.#assigned.values()].map(({ processQueue }) => processQueue.queue);
  }

  processQueues(): ProcessQueue<MessageParts>[] {
    return [...this.#assigned.values()].map(({ processQueue }) => processQueue);
  }

  has(queue: MessageQueue): boolean {
    return this.#assigned.has(messageQueueKey(queue));
  }

  /** Begins to pull `queue` at `offset`; nothing once pulling was stopped. */
  assign(queue: MessageQueue, offset: number): void {
    if (this.#stopped) return;
    const { instance, settings } = this.#parts;
    const processQueue = new ProcessQueue<MessageParts>(queue);
    const stop = new AbortController();
    this.#assigned.set(messageQueueKey(queue), { processQueue, stop });
    const puller = new QueuePuller(instance, processQueue, offset, settings, this);
    instance.background(puller.run(stop.signal));
  }

  /** Ends the work on `queue`, waits a moment for what is in work, commits, forgets it. */
  async revoke(queue: MessageQueue): Promise<void> {
    const { instance, offsets } = this.#parts;
    const assignment = this.#assigned.get(messageQueueKey(queue));
    if (assignment === undefined) return;
    this.#assigned.delete(messageQueueKey(queue));
    assignment.stop.abort();
    const { processQueue } = assignment;
    processQueue.revoked = true;
    try {
      await this.#drained(processQueue, REVOKE_DRAIN_MS);
      processQueue.dropped = true;
      await offsets.persist(instance.request, queue);
    } catch (error) {
      instance.log.debug('queue given up at once', { ...queue, reason: errorText(error) });
    } finally {
      processQueue.dropped = true;
      offsets.remove(queue);
    }
  }

  /** Resolves when nothing of the queue is in work, or after `limitMs`. */
  async #drained(processQueue: ProcessQueue<MessageParts>, limitMs: number): Promise<void> {
    const { clock } = this.#parts.instance.environment;
    const endMs = clock.monotonicMs() + limitMs;
    while (inWork(processQueue) && clock.monotonicMs() < endMs) {
      await this.#parts.instance.pause(DRAIN_POLL_MS);
    }
  }

  /** Stops all pullers for good; queues and offsets stay. */
  stopPulling(): void {
    this.#stopped = true;
    for (const { processQueue, stop } of this.#assigned.values()) {
      processQueue.revoked = true;
      stop.abort();
    }
  }

  /** True while a message of any queue is with a listener. */
  get busy(): boolean {
    return this.processQueues().some(inWork);
  }

  /** Throws away what is cached of `queue` and goes on at `offset`. */
  async restartAt(queue: MessageQueue, offset: number): Promise<void> {
    const { instance, offsets } = this.#parts;
    const assignment = this.#assigned.get(messageQueueKey(queue));
    if (assignment === undefined) return;
    assignment.processQueue.dropped = true;
    assignment.stop.abort();
    offsets.reset(queue, offset);
    await offsets.persist(instance.request, queue);
    if (this.#assigned.get(messageQueueKey(queue)) !== assignment) return;
    this.assign(queue, offset);
  }

  /** An entry was consumed: the offset may advance. Late results of lost queues do not count. */
  completed(entry: QueueEntry<MessageParts>): void {
    entry.owner.complete(entry);
    if (!entry.owner.dropped) this.progressed(entry.owner);
  }

  // PullerHost

  subscriptionOf(topic: string): ReturnType<PullerHost['subscriptionOf']> {
    return this.#parts.subscriptionOf(topic);
  }

  commitOffset(processQueue: ProcessQueue<MessageParts>): number | undefined {
    if (!this.#parts.commitWithPull) return undefined;
    const offset = this.#parts.offsets.get(processQueue.queue);
    return offset !== undefined && offset > 0 ? offset : undefined;
  }

  deliver(entry: QueueEntry<MessageParts>): void {
    this.#parts.delivery.push(entry);
  }

  progressed(processQueue: ProcessQueue<MessageParts>): void {
    const offset = processQueue.commitOffset;
    if (offset !== undefined) this.#parts.offsets.advance(processQueue.queue, offset);
  }

  async offsetMoved(processQueue: ProcessQueue<MessageParts>, nextOffset: number): Promise<void> {
    await this.restartAt(processQueue.queue, nextOffset);
  }
}

function inWork(processQueue: ProcessQueue<MessageParts>): boolean {
  return processQueue.unfinished().some((entry) => entry.startedAtMs !== undefined);
}
