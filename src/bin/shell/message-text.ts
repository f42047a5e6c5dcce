// SPDX-License-Identifier: Apache-2.0
/** How `apogee sub` prints a message. */
import type { ReceivedMessage } from '../../client/message.ts';

export interface MessageFormat {
  readonly json?: boolean;
  readonly verbose?: boolean;
}

const strict = new TextDecoder('utf-8', { fatal: true });

/** One line with the body, after a line of details when verbose; or one JSON object. */
export function messageText(message: ReceivedMessage, format: MessageFormat): string {
  if (format.json === true) return `${JSON.stringify(messageJson(message))}\n`;
  const body = bodyText(message.body) ?? `(${message.body.length} bytes that are no text)`;
  return format.verbose === true ? `${details(message)}\n${body}\n` : `${body}\n`;
}

/** A body that is no UTF-8 text comes as `bodyBase64` instead of `body`. */
export function messageJson(message: ReceivedMessage): Readonly<Record<string, unknown>> {
  const text = bodyText(message.body);
  return {
    topic: message.topic,
    brokerName: message.queue.brokerName,
    queueId: message.queue.queueId,
    queueOffset: message.queueOffset,
    msgId: message.msgId,
    offsetMsgId: message.offsetMsgId,
    tags: message.tags,
    keys: message.keys,
    reconsumeTimes: message.reconsumeTimes,
    bornTimestamp: message.bornTimestampMs,
    storeTimestamp: message.storeTimestampMs,
    bornHost: message.bornHost,
    storeHost: message.storeHost,
    properties: Object.fromEntries(message.properties),
    ...(text === undefined
      ? { bodyBase64: Buffer.from(message.body).toString('base64'), encoding: message.encoding }
      : { body: text }),
  };
}

function bodyText(body: Uint8Array): string | undefined {
  try {
    return strict.decode(body);
  } catch {
    return undefined;
  }
}

function details(message: ReceivedMessage): string {
  const { queue, tags, keys } = message;
  const parts = [
    new Date(message.storeTimestampMs).toISOString(),
    `${queue.brokerName}:${queue.queueId}@${message.queueOffset}`,
    message.msgId,
  ];
  if (tags !== undefined) parts.push(`tag=${tags}`);
  if (keys.length > 0) parts.push(`keys=${keys.join(',')}`);
  if (message.reconsumeTimes > 0) parts.push(`retry=${message.reconsumeTimes}`);
  return `-- ${parts.join(' ')}`;
}
