// SPDX-License-Identifier: Apache-2.0
/** A queue's identity over brokers, and its total order. Source: MessageQueue; remoting §2.0.2. */
import { ApogeeError } from '../core/errors.ts';
import { parseJavaJson } from './java-json.ts';
import { int32Field, objectOf, requiredText } from './json-fields.ts';
import { type JavaJson, type JavaJsonBean, ObjectKeyMap } from './json-value.ts';

export interface MessageQueue {
  readonly topic: string;
  readonly brokerName: string;
  readonly queueId: number;
}

/** By topic, broker name (both by UTF-16 code units), queue id. */
export function compareMessageQueues(left: MessageQueue, right: MessageQueue): number {
  return (
    compareText(left.topic, right.topic) ||
    compareText(left.brokerName, right.brokerName) ||
    left.queueId - right.queueId
  );
}

function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** A text that is equal exactly for equal queues; `@` is legal in neither name. */
export function messageQueueKey(queue: MessageQueue): string {
  return `${queue.topic}@${queue.brokerName}@${queue.queueId}`;
}

/** Members in the order Java writes them. */
export function messageQueueToJson(queue: MessageQueue): JavaJsonBean {
  return { brokerName: queue.brokerName, queueId: queue.queueId, topic: queue.topic };
}

/** Errors: BODY_INVALID. */
export function messageQueueFromJson(value: JavaJson | undefined): MessageQueue {
  const fields = objectOf(value, 'a message queue');
  return {
    topic: requiredText(fields, 'topic', 'a message queue'),
    brokerName: requiredText(fields, 'brokerName', 'a message queue'),
    queueId: int32Field(fields, 'queueId', 0),
  };
}

/** A table by queue, to be written in Java's object-key form. */
export type QueueTable<V> = ReadonlyMap<MessageQueue, V> | Iterable<readonly [MessageQueue, V]>;

export function queueTableToJson<V>(
  table: QueueTable<V>,
  valueToJson: (value: V) => JavaJsonBean | number,
): ObjectKeyMap<JavaJsonBean, JavaJsonBean | number> {
  const json = new ObjectKeyMap<JavaJsonBean, JavaJsonBean | number>();
  for (const [queue, value] of table) json.set(messageQueueToJson(queue), valueToJson(value));
  return json;
}

/** Reads an object-key table; keys are the canonical texts of `parseJavaJson`. */
export function queueTableFromJson<V>(
  entries: readonly (readonly [string, JavaJson])[],
  valueFromJson: (value: JavaJson) => V,
): [MessageQueue, V][] {
  return entries.map(([key, value]) => {
    if (!key.startsWith('{')) {
      throw new ApogeeError('BODY_INVALID', `not a message queue: ${key.slice(0, 64)}`);
    }
    return [messageQueueFromJson(parseJavaJson(key)), valueFromJson(value)];
  });
}
