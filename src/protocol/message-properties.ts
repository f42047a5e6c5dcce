// SPDX-License-Identifier: Apache-2.0
/**
 * A message's properties: `name` 0x01 `value` 0x02, repeated. Source: MessageDecoder,
 * MessageConst; remoting §3.4, §3.5.
 */
import { javaHashCode } from './subscription.ts';

const NAME_END = '\u0001';
const VALUE_END = '\u0002';

/** Longest encoded property string in bytes. */
export const MAX_PROPERTIES_BYTES = 32_767;

export type MessageProperties = ReadonlyMap<string, string>;

/** Items without name or without value are dropped; a value may hold further 0x01. */
export function parseProperties(text: string): Map<string, string> {
  const properties = new Map<string, string>();
  for (const item of text.split(VALUE_END)) {
    const end = item.indexOf(NAME_END);
    if (end > 0 && end < item.length - 1) properties.set(item.slice(0, end), item.slice(end + 1));
  }
  return properties;
}

/** Every item ends with 0x02, as by 5.x. */
export function formatProperties(properties: Iterable<readonly [string, string]>): string {
  let text = '';
  for (const [name, value] of properties) text += name + NAME_END + value + VALUE_END;
  return text;
}

/** Buckets of the map that a Java broker makes for the properties of a message. */
const FIRST_JAVA_BUCKETS = 128;

/**
 * As `formatProperties`, in the order in which a Java broker walks its map: by bucket, then as put.
 * What a broker rewrites is stored in this order. Source: MessageDecoder, java.util.HashMap.
 */
export function formatStoredProperties(properties: MessageProperties): string {
  let buckets = FIRST_JAVA_BUCKETS;
  while (properties.size > (buckets / 4) * 3) buckets *= 2;
  const placed = [...properties].map((property) => {
    const hash = javaHashCode(property[0]);
    return { property, bucket: (hash ^ (hash >>> 16)) & (buckets - 1) };
  });
  placed.sort((left, right) => left.bucket - right.bucket);
  return formatProperties(placed.map(({ property }) => property));
}

/** Names that the protocol gives a meaning, without those only the timer and POP use. */
export const MessageProperty = {
  KEYS: 'KEYS',
  TAGS: 'TAGS',
  WAIT: 'WAIT',
  DELAY: 'DELAY',
  RETRY_TOPIC: 'RETRY_TOPIC',
  ORIGIN_GROUP: 'ORIGIN_GROUP',
  REAL_TOPIC: 'REAL_TOPIC',
  REAL_QUEUE_ID: 'REAL_QID',
  TRANSACTION_PREPARED: 'TRAN_MSG',
  PRODUCER_GROUP: 'PGROUP',
  MIN_OFFSET: 'MIN_OFFSET',
  MAX_OFFSET: 'MAX_OFFSET',
  ORIGIN_MESSAGE_ID: 'ORIGIN_MESSAGE_ID',
  RECONSUME_TIME: 'RECONSUME_TIME',
  MAX_RECONSUME_TIMES: 'MAX_RECONSUME_TIMES',
  MSG_REGION: 'MSG_REGION',
  TRACE_ON: 'TRACE_ON',
  UNIQ_KEY: 'UNIQ_KEY',
  CLUSTER: 'CLUSTER',
  CONSUME_START_TIME: 'CONSUME_START_TIME',
  PRIORITY: '_SYS_MSG_PRIORITY_',
  TRANSACTION_ID: '__transactionId__',
  INSTANCE_ID: 'INSTANCE_ID',
  CORRELATION_ID: 'CORRELATION_ID',
  REPLY_TO_CLIENT: 'REPLY_TO_CLIENT',
  TTL: 'TTL',
  MESSAGE_TYPE: 'MSG_TYPE',
  SHARDING_KEY: '__SHARDINGKEY',
  LITE_TOPIC: '__LITE_TOPIC',
  INNER_MULTI_DISPATCH: 'INNER_MULTI_DISPATCH',
  POP_CK: 'POP_CK',
  FIRST_POP_TIME: '1ST_POP_TIME',
  TIMER_DELAY_SEC: 'TIMER_DELAY_SEC',
  TIMER_DELAY_MS: 'TIMER_DELAY_MS',
  TIMER_DELIVER_MS: 'TIMER_DELIVER_MS',
  CRC32: '__CRC32#',
} as const;

const userMayPut: ReadonlySet<string> = new Set<string>([
  MessageProperty.TRANSACTION_ID,
  MessageProperty.SHARDING_KEY,
  MessageProperty.INNER_MULTI_DISPATCH,
]);

/** Names of the remaining reserved properties (`MessageConst.STRING_HASH_SET`). */
const otherReserved = [
  'BUYER_ID',
  'TRANSFER_FLAG',
  'CORRECTION_FLAG',
  'MQ2_FLAG',
  'EXTEND_UNIQ_INFO',
  'DUP_INFO',
  'TRAN_PREPARED_QUEUE_OFFSET',
  'PUSH_REPLY_TIME',
  'ARRIVE_TIME',
  'POP_CK_OFFSET',
  'INNER_MULTI_QUEUE_OFFSET',
  'TIMER_OUT_MS',
  'TIMER_ENQUEUE_MS',
  'TIMER_DEQUEUE_MS',
  'TIMER_ROLL_TIMES',
  'TIMER_DEL_UNIQKEY',
  'TIMER_DELAY_LEVEL',
  '__BORNHOST',
  'BORN_TIMESTAMP',
  'DLQ_ORIGIN_TOPIC',
  'DLQ_ORIGIN_MESSAGE_ID',
];

const reserved: ReadonlySet<string> = new Set<string>([
  ...Object.values(MessageProperty).filter((name) => !userMayPut.has(name)),
  ...otherReserved,
]);

/** True for names that an application must not set as its own property. */
export function isReservedProperty(name: string): boolean {
  return reserved.has(name);
}
