// SPDX-License-Identifier: Apache-2.0
/** Properties that give a message another way than the ordinary one. Source: TopicMessageType. */
import { MessageProperty } from '../../protocol/message-properties.ts';

export type Properties = Map<string, string>;

const timerProperties = [
  MessageProperty.TIMER_DELAY_SEC,
  MessageProperty.TIMER_DELAY_MS,
  MessageProperty.TIMER_DELIVER_MS,
] as const;

/** Name of the property that asks for a later delivery; a DELAY of 0 or less asks for none. */
export function delayProperty(properties: ReadonlyMap<string, string>): string | undefined {
  const level = properties.get(MessageProperty.DELAY);
  if (level !== undefined && Number(level) > 0) return MessageProperty.DELAY;
  return timerProperties.find((name) => properties.has(name));
}

/**
 * The queue that a priority chooses; undefined when it chooses none. A priority beside another
 * type's property is meaningless and is removed. Source: delta-5.5.0 §3.
 */
export function priorityQueueId(
  properties: Properties,
  writeQueueNums: number,
): number | undefined {
  const text = properties.get(MessageProperty.PRIORITY);
  if (text === undefined) return undefined;
  const priority = /^[0-9]{1,10}$/.test(text) ? Number(text) : -1;
  const hasOtherType =
    properties.get(MessageProperty.TRANSACTION_PREPARED) === 'true' ||
    properties.has(MessageProperty.DELAY) ||
    timerProperties.some((name) => properties.has(name)) ||
    properties.has(MessageProperty.SHARDING_KEY);
  if (priority >= 0 && !hasOtherType) return Math.min(priority, writeQueueNums - 1);
  if (priority >= 0) properties.delete(MessageProperty.PRIORITY);
  return undefined;
}
