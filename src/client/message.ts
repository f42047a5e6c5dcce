// SPDX-License-Identifier: Apache-2.0
/** Messages as applications see them, on the way out and on the way in. */

import { formatHostPort } from '../protocol/ip-address.ts';
import { formatOffsetMessageId } from '../protocol/message-id.ts';
import { MessageProperty, parseProperties } from '../protocol/message-properties.ts';
import type { MessageQueue } from '../protocol/message-queue.ts';
import type { MessageRecord } from '../protocol/message-record.ts';
import { type CompressionName, compressionOf, isCompressed } from '../protocol/sys-flag.ts';
import type { Inflate } from './inflate.ts';

/** A message to send. */
export interface Message {
  readonly topic: string;
  /** Text is sent as UTF-8. */
  readonly body: string | Uint8Array;
  /** The tag that consumers filter by. */
  readonly tags?: string;
  /** Business keys, searchable at the broker. */
  readonly keys?: string | readonly string[];
  readonly properties?: Readonly<Record<string, string>>;
  /** A number that is stored and delivered as it is. Default 0. */
  readonly flag?: number;
}

export type SendStatus =
  | 'SEND_OK'
  | 'FLUSH_DISK_TIMEOUT'
  | 'FLUSH_SLAVE_TIMEOUT'
  | 'SLAVE_NOT_AVAILABLE';

export interface SendResult {
  readonly status: SendStatus;
  /** The id the producer gave the message; ids of a batch are joined by commas. */
  readonly msgId: string;
  /** Where it is stored; ids of a batch are joined by commas. */
  readonly offsetMsgId: string;
  readonly queue: MessageQueue;
  /** Of a batch the offset of its first message. */
  readonly queueOffset: number;
}

/** How the bytes of a body still are; `identity` unless this client cannot decompress them. */
export type BodyEncoding = 'identity' | CompressionName;

/** A message between the pull answer and its consumer. */
export interface MessageParts {
  readonly queue: MessageQueue;
  readonly record: MessageRecord;
  readonly properties: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
  readonly encoding: BodyEncoding;
  /** The topic it was sent to. */
  readonly topic: string;
}

const decoder = new TextDecoder();

/** A message that a broker delivered. Texts that few read are made when they are asked for. */
export class ReceivedMessage {
  /** The topic it was sent to, also when it comes again from a retry topic. */
  readonly topic: string;
  readonly body: Uint8Array;
  readonly encoding: BodyEncoding;
  readonly tags: string | undefined;
  readonly properties: ReadonlyMap<string, string>;
  /** The id its producer gave it; the offset id where it gave none. */
  readonly msgId: string;
  /** The queue it was read from; for a message that is retried, one of the retry topic. */
  readonly queue: MessageQueue;
  readonly queueOffset: number;
  /** How often its delivery has failed before. */
  readonly reconsumeTimes: number;
  readonly bornTimestampMs: number;
  readonly storeTimestampMs: number;
  readonly #record: MessageRecord;

  constructor(parts: MessageParts) {
    const { record, properties } = parts;
    this.#record = record;
    this.topic = parts.topic;
    this.body = parts.body;
    this.encoding = parts.encoding;
    this.tags = properties.get(MessageProperty.TAGS);
    this.properties = properties;
    this.msgId = properties.get(MessageProperty.UNIQ_KEY) ?? this.offsetMsgId;
    this.queue = parts.queue;
    this.queueOffset = record.queueOffset;
    this.reconsumeTimes = record.reconsumeTimes;
    this.bornTimestampMs = record.bornTimestamp;
    this.storeTimestampMs = record.storeTimestamp;
  }

  /** Business keys. */
  get keys(): readonly string[] {
    const keys = this.properties.get(MessageProperty.KEYS) ?? '';
    return keys.split(' ').filter((key) => key !== '');
  }

  /** The broker and the place in its log, as one id. */
  get offsetMsgId(): string {
    return formatOffsetMessageId(this.#record.storeHost, this.#record.physicalOffset);
  }

  /** Offset in the commit log of its broker. */
  get commitLogOffset(): number {
    return this.#record.physicalOffset;
  }

  get flag(): number {
    return this.#record.flag;
  }

  get sysFlag(): number {
    return this.#record.sysFlag;
  }

  /** `host:port` of the producer. */
  get bornHost(): string {
    return formatHostPort(this.#record.bornHost.host, this.#record.bornHost.port);
  }

  /** `host:port` of the broker. */
  get storeHost(): string {
    return formatHostPort(this.#record.storeHost.host, this.#record.storeHost.port);
  }

  /** The body as UTF-8 text. */
  text(): string {
    return decoder.decode(this.body);
  }

  /** The body as JSON. Throws a SyntaxError when it is not. */
  json(): unknown {
    return JSON.parse(this.text());
  }
}

/**
 * What `record` holds, the body copied out of the answer it came in. A compressed body is inflated;
 * one that cannot be decompressed here stays as it is, named by `encoding`.
 */
export function messageParts(
  queue: MessageQueue,
  record: MessageRecord,
  inflate: Inflate,
  retryTopic?: string,
): MessageParts | Promise<MessageParts> {
  const properties = parseProperties(record.properties);
  const original = properties.get(MessageProperty.RETRY_TOPIC);
  const topic = record.topic === retryTopic && original !== undefined ? original : record.topic;
  const body = record.body.slice();
  // The record must not hold the whole answer in memory by its view of it.
  const detached = { ...record, body };
  const plain = { queue, record: detached, properties, topic, body };
  if (!isCompressed(record.sysFlag)) return { ...plain, encoding: 'identity' };
  const encoding = compressionOf(record.sysFlag);
  if (encoding !== 'zlib') return { ...plain, encoding };
  return inflate(body).then(
    (inflated) => ({ ...plain, body: inflated, encoding: 'identity' }),
    () => ({ ...plain, encoding }),
  );
}
