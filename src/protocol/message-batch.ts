// SPDX-License-Identifier: Apache-2.0
/**
 * The body of a batch send: messages without what the broker adds. Byte table in MESSAGE.md.
 * Source: MessageDecoder.encodeMessage; remoting §2.3.1.
 */
import { ApogeeError } from '../core/errors.ts';
import { MAX_PROPERTIES_BYTES } from './message-properties.ts';

/** totalSize 4, magic 4, bodyCrc 4, flag 4, body length 4, properties length 2. */
export const MIN_BATCH_ITEM_BYTES = 22;

export interface BatchItem {
  readonly flag: number;
  readonly body: Uint8Array;
  /** Encoded properties, see message-properties.ts. */
  readonly properties: string;
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();

/** Errors: MESSAGE_INVALID for properties above MAX_PROPERTIES_BYTES. */
export function encodeMessageBatch(items: readonly BatchItem[]): Uint8Array {
  const properties = items.map((item) => encoder.encode(item.properties));
  let size = 0;
  for (const [index, item] of items.entries()) {
    const propertiesBytes = properties[index]?.length ?? 0;
    if (propertiesBytes > MAX_PROPERTIES_BYTES) {
      throw new ApogeeError(
        'MESSAGE_INVALID',
        `a message has ${propertiesBytes} bytes of properties, at most ${MAX_PROPERTIES_BYTES}`,
      );
    }
    size += MIN_BATCH_ITEM_BYTES + item.body.length + propertiesBytes;
  }
  const batch = new Uint8Array(size);
  const view = new DataView(batch.buffer);
  let at = 0;
  for (const [index, item] of items.entries()) {
    const encoded = properties[index] ?? new Uint8Array(0);
    // Magic and checksum stay 0: the broker computes them.
    view.setInt32(at, MIN_BATCH_ITEM_BYTES + item.body.length + encoded.length);
    view.setInt32(at + 12, item.flag);
    view.setInt32(at + 16, item.body.length);
    batch.set(item.body, at + 20);
    at += 20 + item.body.length;
    view.setInt16(at, encoded.length);
    batch.set(encoded, at + 2);
    at += 2 + encoded.length;
  }
  return batch;
}

/** Bodies are views of `batch`. Errors: BODY_INVALID when a length does not fit. */
export function decodeMessageBatch(batch: Uint8Array): BatchItem[] {
  const view = new DataView(batch.buffer, batch.byteOffset, batch.byteLength);
  const items: BatchItem[] = [];
  let at = 0;
  while (at < batch.length) {
    const size = at + MIN_BATCH_ITEM_BYTES <= batch.length ? view.getInt32(at) : 0;
    if (size < MIN_BATCH_ITEM_BYTES || at + size > batch.length) return fail(at, 'size', size);
    const bodyLength = view.getInt32(at + 16);
    if (bodyLength < 0 || bodyLength > size - MIN_BATCH_ITEM_BYTES) {
      return fail(at, 'body length', bodyLength);
    }
    const propertiesAt = at + 22 + bodyLength;
    const propertiesLength = view.getInt16(propertiesAt - 2);
    if (propertiesLength !== at + size - propertiesAt) {
      return fail(at, 'properties length', propertiesLength);
    }
    items.push({
      flag: view.getInt32(at + 12),
      body: batch.subarray(at + 20, at + 20 + bodyLength),
      properties: decoder.decode(batch.subarray(propertiesAt, propertiesAt + propertiesLength)),
    });
    at += size;
  }
  return items;
}

function fail(at: number, what: string, value: number): never {
  throw new ApogeeError(
    'BODY_INVALID',
    `the batch message at byte ${at} has a ${what} of ${value}, which does not fit`,
  );
}
