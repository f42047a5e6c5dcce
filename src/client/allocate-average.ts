// SPDX-License-Identifier: Apache-2.0
/**
 * How queues are shared out among the consumers of a group. Every member computes this alone from
 * the same two sorted lists, so all must use the same rule.
 * Source: AllocateMessageQueueAveragely, spec remoting §4.5.
 */
import type { MessageQueue } from '../protocol/message-queue.ts';

/**
 * The queues of the member `ownId`: contiguous runs, the first `queues mod consumers` members get
 * one more. Empty when `ownId` is not a member.
 * @param sortedQueues every readable queue of the topic, by `compareMessageQueues`
 * @param sortedIds every client id of the group, by UTF-16 code unit
 */
export function allocateAveragely(
  sortedQueues: readonly MessageQueue[],
  sortedIds: readonly string[],
  ownId: string,
): MessageQueue[] {
  const index = sortedIds.indexOf(ownId);
  if (index < 0) return [];
  const queueCount = sortedQueues.length;
  const larger = queueCount % sortedIds.length;
  const base = Math.floor(queueCount / sortedIds.length);
  const size = index < larger ? base + 1 : base;
  const start = index < larger ? index * size : index * base + larger;
  return sortedQueues.slice(start, start + size);
}
