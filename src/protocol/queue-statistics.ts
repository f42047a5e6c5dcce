// SPDX-License-Identifier: Apache-2.0
/**
 * Tables by queue: what a topic holds (202), how far a group is (208), and offsets alone (220,
 * 222). Source: TopicStatsTable, ConsumeStats, ResetOffsetBody; remoting §2.0.1, §2.9.
 */
import { encodeJsonBody } from './java-json.ts';
import { arrayField, entriesField, int64Field, objectOf, parseJsonBody } from './json-fields.ts';
import { JavaDouble, type JavaJson } from './json-value.ts';
import {
  type MessageQueue,
  messageQueueFromJson,
  type QueueTable,
  queueTableFromJson,
  queueTableToJson,
} from './message-queue.ts';

export interface TopicOffset {
  readonly minOffset: number;
  /** The next offset to be assigned. */
  readonly maxOffset: number;
  /** Store time of the last message, ms; 0 when there is none. */
  readonly lastUpdateTimestamp: number;
}

export interface TopicStats {
  readonly offsetTable: QueueTable<TopicOffset>;
  /** Messages per second. */
  readonly topicPutTps: number;
}

export function encodeTopicStats(stats: TopicStats): Uint8Array {
  return encodeJsonBody({
    offsetTable: queueTableToJson(stats.offsetTable, (offset) => ({
      lastUpdateTimestamp: offset.lastUpdateTimestamp,
      maxOffset: offset.maxOffset,
      minOffset: offset.minOffset,
    })),
    topicPutTps: new JavaDouble(stats.topicPutTps),
  });
}

/** Errors: BODY_INVALID. */
export function decodeTopicStats(body: Uint8Array | undefined): {
  offsetTable: [MessageQueue, TopicOffset][];
  topicPutTps: number;
} {
  const fields = parseJsonBody(body, 'topic statistics');
  return {
    offsetTable: queueTableFromJson(entriesField(fields, 'offsetTable'), (value) => {
      const offset = objectOf(value, 'a topic offset');
      return {
        minOffset: int64Field(offset, 'minOffset', 0),
        maxOffset: int64Field(offset, 'maxOffset', 0),
        lastUpdateTimestamp: int64Field(offset, 'lastUpdateTimestamp', 0),
      };
    }),
    topicPutTps: Number(fields['topicPutTps'] ?? 0),
  };
}

export interface ConsumeOffset {
  /** The next offset to be assigned by the broker. */
  readonly brokerOffset: number;
  /** Committed by the group. */
  readonly consumerOffset: number;
  readonly pullOffset: number;
  /** Store time of the last message consumed, ms. */
  readonly lastTimestamp: number;
}

export interface ConsumeStats {
  readonly offsetTable: QueueTable<ConsumeOffset>;
  readonly consumeTps: number;
}

export function encodeConsumeStats(stats: ConsumeStats): Uint8Array {
  return encodeJsonBody({
    consumeTps: new JavaDouble(stats.consumeTps),
    offsetTable: queueTableToJson(stats.offsetTable, (offset) => ({
      brokerOffset: offset.brokerOffset,
      consumerOffset: offset.consumerOffset,
      lastTimestamp: offset.lastTimestamp,
      pullOffset: offset.pullOffset,
    })),
  });
}

/** Errors: BODY_INVALID. */
export function decodeConsumeStats(body: Uint8Array | undefined): {
  offsetTable: [MessageQueue, ConsumeOffset][];
  consumeTps: number;
} {
  const fields = parseJsonBody(body, 'consume statistics');
  return {
    offsetTable: queueTableFromJson(entriesField(fields, 'offsetTable'), (value) => {
      const offset = objectOf(value, 'a consume offset');
      return {
        brokerOffset: int64Field(offset, 'brokerOffset', 0),
        consumerOffset: int64Field(offset, 'consumerOffset', 0),
        pullOffset: int64Field(offset, 'pullOffset', 0),
        lastTimestamp: int64Field(offset, 'lastTimestamp', 0),
      };
    }),
    consumeTps: Number(fields['consumeTps'] ?? 0),
  };
}

/** `{"offsetTable":{{mq}:9}}`, the map form that Java and Go read. */
export function encodeOffsetTable(offsets: QueueTable<number>): Uint8Array {
  return encodeJsonBody({ offsetTable: queueTableToJson(offsets, (offset) => offset) });
}

/** `{"offsetTable":[{…,"offset":9,…}]}`, the only form C++ clients read (code 220). */
export function encodeOffsetList(offsets: QueueTable<number>): Uint8Array {
  const offsetTable = [...offsets].map(([queue, offset]) => ({
    brokerName: queue.brokerName,
    offset,
    queueId: queue.queueId,
    topic: queue.topic,
  }));
  return encodeJsonBody({ offsetTable });
}

/** Either form. Errors: BODY_INVALID. */
export function decodeOffsetTable(body: Uint8Array | undefined): [MessageQueue, number][] {
  const fields = parseJsonBody(body, 'an offset table');
  if (Array.isArray(fields['offsetTable'])) {
    return arrayField(fields, 'offsetTable').map((item) => {
      const entry = objectOf(item, 'an offset');
      return [messageQueueFromJson(item), int64Field(entry, 'offset', 0)];
    });
  }
  return queueTableFromJson(entriesField(fields, 'offsetTable'), offsetFromJson);
}

export function offsetFromJson(value: JavaJson): number {
  return int64Field({ offset: value }, 'offset', 0);
}

/** Answer 221: `{"consumerTable":{},"messageQueueTable":{{mq}:offset}}`. */
export function encodeConsumerStatus(offsets: QueueTable<number>): Uint8Array {
  return encodeJsonBody({
    consumerTable: {},
    messageQueueTable: queueTableToJson(offsets, (offset) => offset),
  });
}

/** Errors: BODY_INVALID. */
export function decodeConsumerStatus(body: Uint8Array | undefined): [MessageQueue, number][] {
  const fields = parseJsonBody(body, 'a consumer status');
  return queueTableFromJson(entriesField(fields, 'messageQueueTable'), offsetFromJson);
}
