// SPDX-License-Identifier: Apache-2.0
/** Inflates zlib bodies with what browsers and Node have built in. */
import { ApogeeError } from '../core/errors.ts';

/** Resolves with the inflated bytes. Errors: BODY_INVALID when they are broken or too many. */
export type Inflate = (compressed: Uint8Array) => Promise<Uint8Array>;

/** A body that inflates to more than this is refused: a small message must not fill the memory. */
export const MAX_INFLATED_BYTES = 64 * 1024 * 1024;

/** Inflates the zlib format (RFC 1950). */
export async function inflateZlib(
  compressed: Uint8Array,
  maxBytes: number = MAX_INFLATED_BYTES,
): Promise<Uint8Array> {
  const stream = new DecompressionStream('deflate');
  const feeding = feed(stream.writable, compressed);
  try {
    const inflated = await collect(stream.readable, maxBytes);
    await feeding;
    return inflated;
  } catch (error) {
    // The writing side fails too when the reading side does; one error is enough.
    await feeding.catch(() => {});
    if (error instanceof ApogeeError) throw error;
    throw new ApogeeError('BODY_INVALID', 'a message body is not valid zlib data', {
      cause: error,
    });
  }
}

async function feed(writable: WritableStream<BufferSource>, bytes: Uint8Array): Promise<void> {
  const writer = writable.getWriter();
  await writer.write(new Uint8Array(bytes));
  await writer.close();
}

async function collect(
  readable: ReadableStream<Uint8Array>,
  maxBytes: number,
): Promise<Uint8Array> {
  const reader = readable.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > maxBytes) {
      await reader.cancel();
      throw new ApogeeError(
        'BODY_INVALID',
        `a message body inflates to more than ${maxBytes} bytes`,
      );
    }
    chunks.push(value);
  }
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
