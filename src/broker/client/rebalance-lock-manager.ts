// SPDX-License-Identifier: Apache-2.0
/**
 * Queues locked by orderly consumers, so that one client at a time consumes a queue. A lock lives
 * 60 s after its last renewal. Thread: I/O thread. Source: RebalanceLockManager; remoting §2.5.2.
 */
import type { Clock } from '../../core/clock.ts';
import type { Log } from '../../core/log.ts';
import { type MessageQueue, messageQueueKey } from '../../protocol/message-queue.ts';

export const LOCK_MAX_LIVE_MS = 60_000;

interface QueueLock {
  clientId: string;
  renewedMs: number;
}

export class RebalanceLockManager {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #groups = new Map<string, Map<string, QueueLock>>();

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Locks or renews; the result is the subset that `clientId` now holds. */
  lock(group: string, queues: readonly MessageQueue[], clientId: string): MessageQueue[] {
    let locks = this.#groups.get(group);
    if (locks === undefined) {
      locks = new Map();
      this.#groups.set(group, locks);
    }
    const nowMs = this.#clock.nowMs();
    const held: MessageQueue[] = [];
    for (const queue of queues) {
      const key = messageQueueKey(queue);
      const lock = locks.get(key);
      if (lock === undefined) {
        locks.set(key, { clientId, renewedMs: nowMs });
      } else if (lock.clientId === clientId) {
        lock.renewedMs = nowMs;
      } else if (isExpired(lock, nowMs)) {
        this.#log.warn('queue lock taken over after it expired', {
          group,
          queue: key,
          from: lock.clientId,
          to: clientId,
        });
        locks.set(key, { clientId, renewedMs: nowMs });
      } else {
        continue;
      }
      held.push(queue);
    }
    return held;
  }

  /** Removes the locks of these queues that `clientId` holds; others stay. */
  unlock(group: string, queues: readonly MessageQueue[], clientId: string): void {
    const locks = this.#groups.get(group);
    if (locks === undefined) return;
    for (const queue of queues) {
      const key = messageQueueKey(queue);
      if (locks.get(key)?.clientId === clientId) locks.delete(key);
    }
    if (locks.size === 0) this.#groups.delete(group);
  }

  /** Whether the group holds a live lock: then it consumes in order. */
  hasLiveLock(group: string): boolean {
    const nowMs = this.#clock.nowMs();
    const locks = this.#groups.get(group)?.values() ?? [];
    return [...locks].some((lock) => !isExpired(lock, nowMs));
  }

  /** Forgets groups whose locks all expired, so that the table stays bounded. */
  removeExpired(): void {
    for (const group of [...this.#groups.keys()]) {
      if (!this.hasLiveLock(group)) this.#groups.delete(group);
    }
  }
}

function isExpired(lock: QueueLock, nowMs: number): boolean {
  return nowMs - lock.renewedMs > LOCK_MAX_LIVE_MS;
}
