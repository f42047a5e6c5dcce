// SPDX-License-Identifier: Apache-2.0
/** Checks a message against the protocol's limits and brings it into the form that is sent. */
import { ApogeeError } from '../core/errors.ts';
import { encodeMessageBatch } from '../protocol/message-batch.ts';
import {
  formatProperties,
  isReservedProperty,
  MAX_PROPERTIES_BYTES,
  MessageProperty,
} from '../protocol/message-properties.ts';
import { isRetryTopic, isSendForbidden, topicNameFault } from '../protocol/names.ts';
import type { Message } from './message.ts';

/** Body of a message, and sum of a batch. Source: DefaultMQProducer.maxMessageSize. */
export const MAX_MESSAGE_BYTES = 4_194_304;

/** Messages of one batch; more never fit MAX_MESSAGE_BYTES anyway. */
export const MAX_BATCH_MESSAGES = 65_536;

/** A message ready for the wire. */
export interface Outgoing {
  readonly topic: string;
  readonly body: Uint8Array;
  /** Encoded properties. */
  readonly properties: string;
  readonly flag: number;
  readonly msgId: string;
  /** Default 0. Not 0 where a received body is sent on as it was stored. */
  readonly sysFlag?: number;
}

/** Several messages that travel as one request. */
export interface OutgoingBatch {
  readonly topic: string;
  readonly body: Uint8Array;
  readonly properties: string;
  readonly msgId: string;
}

const encoder = new TextEncoder();
/** End a name and a value in encoded properties. */
const SEPARATORS = ['\u0001', '\u0002'] as const;

/** Errors: MESSAGE_INVALID naming the topic, the limit and what to do. */
export function prepareMessage(
  message: Message,
  maxMessageBytes: number,
  nextUniqueKey: () => string,
  shardingKey?: string,
): Outgoing {
  checkTopic(message.topic);
  const body = typeof message.body === 'string' ? encoder.encode(message.body) : message.body;
  if (!(body instanceof Uint8Array) || body.length === 0) {
    throw invalid(message.topic, 'its body is empty', 'give a body of at least one byte');
  }
  if (body.length > maxMessageBytes) {
    throw invalid(
      message.topic,
      `its body has ${body.length} bytes, ${maxMessageBytes} at most`,
      'split it, or send a reference to it',
    );
  }
  const flag = message.flag ?? 0;
  if (flag !== (flag | 0)) throw invalid(message.topic, `its flag ${flag} is not an int32`);
  const msgId = nextUniqueKey();
  return {
    topic: message.topic,
    body,
    properties: encode(message, msgId, shardingKey),
    flag,
    msgId,
  };
}

function checkTopic(topic: string): void {
  const fault = topicNameFault(topic);
  if (fault !== undefined) throw new ApogeeError('MESSAGE_INVALID', fault);
  if (isSendForbidden(topic)) {
    throw invalid(topic, 'the topic belongs to the broker', 'send to a topic of your own');
  }
}

function encode(message: Message, msgId: string, shardingKey: string | undefined): string {
  const properties = new Map<string, string>();
  for (const [name, value] of Object.entries(message.properties ?? {})) {
    if (isReservedProperty(name)) {
      throw invalid(
        message.topic,
        `the property ${name} is reserved`,
        'use another name, or the field of the message that stands for it (tags, keys)',
      );
    }
    properties.set(name, value);
  }
  if (message.tags !== undefined && message.tags !== '') {
    properties.set(MessageProperty.TAGS, message.tags);
  }
  const keys = typeof message.keys === 'string' ? message.keys : (message.keys ?? []).join(' ');
  if (keys !== '') properties.set(MessageProperty.KEYS, keys);
  if (shardingKey !== undefined) properties.set(MessageProperty.SHARDING_KEY, shardingKey);
  for (const [name, value] of properties) {
    if (typeof value !== 'string' || name === '' || value === '') {
      throw invalid(message.topic, `its property "${name}" is empty or no text`);
    }
    if (SEPARATORS.some((mark) => name.includes(mark) || value.includes(mark))) {
      throw invalid(message.topic, `its property "${name}" holds a control character 1 or 2`);
    }
  }
  properties.set(MessageProperty.UNIQ_KEY, msgId);
  properties.set(MessageProperty.WAIT, 'true');
  const text = formatProperties(properties);
  const bytes = text.length * 3 > MAX_PROPERTIES_BYTES ? encoder.encode(text).length : 0;
  if (bytes > MAX_PROPERTIES_BYTES) {
    throw invalid(
      message.topic,
      `its properties take ${bytes} bytes, ${MAX_PROPERTIES_BYTES} at most`,
      'move what is large into the body',
    );
  }
  return text;
}

/**
 * Errors: MESSAGE_INVALID for an empty batch, several topics, a retry topic, or more bytes than one
 * request may carry; nothing is sent then.
 */
export function prepareBatch(
  messages: readonly Message[],
  maxMessageBytes: number,
  nextUniqueKey: () => string,
): OutgoingBatch {
  const topic = messages[0]?.topic;
  if (topic === undefined) throw new ApogeeError('MESSAGE_INVALID', 'a batch has no message');
  if (messages.length > MAX_BATCH_MESSAGES) {
    throw invalid(topic, `a batch has ${messages.length} messages, ${MAX_BATCH_MESSAGES} at most`);
  }
  const other = messages.find((message) => message.topic !== topic);
  if (other !== undefined) {
    throw invalid(topic, `a batch also holds a message for ${other.topic}`, 'send one per topic');
  }
  if (isRetryTopic(topic)) throw invalid(topic, 'a retry topic takes no batches');
  const items = messages.map((message) => prepareMessage(message, maxMessageBytes, nextUniqueKey));
  const body = encodeMessageBatch(items);
  if (body.length > maxMessageBytes) {
    throw invalid(
      topic,
      `a batch of ${items.length} messages takes ${body.length} bytes, ${maxMessageBytes} at most`,
      'send it in parts',
    );
  }
  return {
    topic,
    body,
    properties: formatProperties([[MessageProperty.WAIT, 'true']]),
    msgId: items.map((item) => item.msgId).join(','),
  };
}

function invalid(topic: string, reason: string, cure?: string): ApogeeError {
  return new ApogeeError('MESSAGE_INVALID', `a message for topic ${topic} is refused: ${reason}`, {
    ...(cure === undefined ? {} : { cure }),
  });
}
