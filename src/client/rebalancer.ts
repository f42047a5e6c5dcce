// SPDX-License-Identifier: Apache-2.0
/**
 * Keeps the queues of a consumer equal to its share of each topic: every 20 s, when a broker says
 * that the group changed, and when a route changed. Source: RebalanceImpl, spec remoting §4.5.
 */
import type { Timer } from '../core/clock.ts';
import { errorText } from '../core/errors.ts';
import {
  compareMessageQueues,
  type MessageQueue,
  messageQueueKey,
} from '../protocol/message-queue.ts';
import { isRetryTopic } from '../protocol/names.ts';
import { allocateAveragely } from './allocate-average.ts';
import type { ClientInstance } from './client-instance.ts';
import type { QueueAssignments } from './queue-assignments.ts';

export const REBALANCE_INTERVAL_MS = 20_000;
/** Shortest time between two rounds. */
export const MIN_REBALANCE_GAP_MS = 200;
/** Wait before the round after one that could not finish; doubles up to the interval. */
export const INCOMPLETE_ROUND_DELAY_MS = 1000;
/** Time for the former owner of a queue to commit, before the new one asks for the offset. */
export const TAKE_OVER_DELAY_MS = 500;

export interface RebalancerParts {
  readonly instance: ClientInstance;
  readonly assignments: QueueAssignments;
  readonly group: string;
  readonly broadcasting: boolean;
  readonly topics: () => readonly string[];
  readonly startOffset: (queue: MessageQueue) => Promise<number>;
}

/** What a round found out about one topic; undefined: not enough to change anything. */
interface Share {
  readonly queues: readonly MessageQueue[];
  readonly memberCount: number;
}

export class Rebalancer {
  readonly #parts: RebalancerParts;
  #running: Promise<void> | undefined;
  #again = false;
  #pending: { readonly timer: Timer; readonly dueMs: number } | undefined;
  #incompleteRounds = 0;

  constructor(parts: RebalancerParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#parts.instance.every(REBALANCE_INTERVAL_MS, () => this.run());
  }

  stop(): void {
    this.#pending?.timer.cancel();
    this.#pending = undefined;
  }

  /** Runs a round soon; requests that wait together are one round, at the earliest time. */
  request(delayMs: number = MIN_REBALANCE_GAP_MS): void {
    const { instance } = this.#parts;
    const { clock } = instance.environment;
    const dueMs = clock.monotonicMs() + delayMs;
    if (!instance.isStarted || (this.#pending?.dueMs ?? Infinity) <= dueMs) return;
    this.#pending?.timer.cancel();
    const timer = clock.after(delayMs, () => {
      this.#pending = undefined;
      instance.background(this.run());
    });
    this.#pending = { timer, dueMs };
  }

  /** One round; a round asked for meanwhile follows at once. Never rejects. */
  run(): Promise<void> {
    this.#again = true;
    this.#running ??= this.#loop().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #loop(): Promise<void> {
    while (this.#again && this.#parts.instance.isStarted) {
      this.#again = false;
      const complete = await this.#round();
      if (complete) {
        this.#incompleteRounds = 0;
        continue;
      }
      const delayMs = INCOMPLETE_ROUND_DELAY_MS * 2 ** Math.min(this.#incompleteRounds, 10);
      this.#incompleteRounds += 1;
      this.request(Math.min(delayMs, REBALANCE_INTERVAL_MS));
    }
  }

  /** False when something could not be found out. */
  async #round(): Promise<boolean> {
    const { assignments, topics } = this.#parts;
    const wanted = new Set(topics());
    const gone = assignments.queues().filter((queue) => !wanted.has(queue.topic));
    await Promise.all(gone.map((queue) => assignments.revoke(queue)));
    const results = await Promise.all([...wanted].map((topic) => this.#balance(topic)));
    return results.every((complete) => complete);
  }

  async #balance(topic: string): Promise<boolean> {
    const { instance } = this.#parts;
    try {
      const share = await this.#share(topic);
      return share !== undefined && (await this.#apply(topic, share));
    } catch (error) {
      if (!instance.isStarted) return true;
      // A retry topic comes into being with the first heartbeat, and its route a moment later.
      const level = isRetryTopic(topic) || this.#incompleteRounds > 0 ? 'debug' : 'warn';
      instance.log[level]('topic not rebalanced', { topic, reason: errorText(error) });
      return false;
    }
  }

  async #share(topic: string): Promise<Share | undefined> {
    const { instance, broadcasting } = this.#parts;
    const { routes, heartbeats, clientId } = instance;
    const queues = await routes.subscribeQueues(topic, instance.request);
    await heartbeats.greetNew();
    if (broadcasting) return { queues, memberCount: 1 };
    const members = await this.#members(topic);
    if (members.length === 0) return undefined;
    return { queues: allocateAveragely(queues, members, clientId), memberCount: members.length };
  }

  /** Sorted ids of the group. A broker that does not list this client is told of it first. */
  async #members(topic: string): Promise<string[]> {
    const { instance, group } = this.#parts;
    const { routes, queues, heartbeats, environment, clientId, request } = instance;
    const brokers = routes.brokersOf(topic);
    const broker = brokers[environment.random.nextInt(Math.max(1, brokers.length))];
    if (broker === undefined) return [];
    let members = await queues.consumerIds(group, broker, request);
    if (!members.includes(clientId)) {
      await heartbeats.send(broker);
      members = await queues.consumerIds(group, broker, request);
    }
    return members.sort();
  }

  /** False when a queue could not be begun. */
  async #apply(topic: string, share: Share): Promise<boolean> {
    const { assignments, instance } = this.#parts;
    const keys = new Set(share.queues.map(messageQueueKey));
    const lost = assignments
      .queues()
      .filter((queue) => queue.topic === topic && !keys.has(messageQueueKey(queue)));
    const won = share.queues.filter((queue) => !assignments.has(queue));
    if (lost.length > 0 || won.length > 0) {
      const owned = [...share.queues].sort(compareMessageQueues);
      const text = owned.map((queue) => `${queue.brokerName}:${queue.queueId}`).join(' ');
      instance.log.info('queues assigned', { topic, queues: text, members: share.memberCount });
    }
    await Promise.all(lost.map((queue) => assignments.revoke(queue)));
    if (won.length === 0) return true;
    if (share.memberCount > 1) await instance.pause(TAKE_OVER_DELAY_MS);
    const begun = await Promise.all(won.map((queue) => this.#begin(queue)));
    return begun.every((complete) => complete);
  }

  async #begin(queue: MessageQueue): Promise<boolean> {
    const { instance, assignments, startOffset } = this.#parts;
    try {
      const offset = await startOffset(queue);
      if (instance.isStarted && !assignments.has(queue)) assignments.assign(queue, offset);
      return true;
    } catch (error) {
      if (!instance.isStarted) return true;
      instance.log.warn('queue not begun, it is tried again', {
        ...queue,
        reason: errorText(error),
      });
      return false;
    }
  }
}
