// SPDX-License-Identifier: Apache-2.0
/**
 * One frame of the remoting protocol, both header encodings. Byte tables in FRAME.md.
 * Cold paths and clients; a broker's hot codes are served in native/remoting.
 * Source: NettyDecoder, RemotingCommand; remoting §1.1 to §1.4.
 */
import { ApogeeError, errorText } from '../core/errors.ts';
import { decodeBinaryHeader, encodeBinaryHeader } from './frame-binary-header.ts';
import { decodeJsonHeader, encodeJsonHeader } from './frame-json-header.ts';
import { type RemotingCommand, SerializeType } from './remoting-command.ts';

/** Largest frame in bytes, its 4 length bytes included. */
export const MAX_FRAME_BYTES = 16_777_216;

/** Length word and header word. */
export const FRAME_PREFIX_BYTES = 8;

/** First size of the buffer that holds an incomplete frame; it doubles as bytes come. */
const FIRST_CARRY_BYTES = 4096;

/**
 * Bytes of the frame that starts with this length word, itself included.
 * Errors: FRAME_INVALID when no frame can be that long.
 */
export function frameBytes(lengthWord: number): number {
  const length = lengthWord | 0;
  if (length < 4 || length > MAX_FRAME_BYTES - 4) {
    throw new ApogeeError(
      'FRAME_INVALID',
      `a frame length of ${length} is not between 4 and ${MAX_FRAME_BYTES - 4}`,
    );
  }
  return length + 4;
}

/**
 * Cuts a byte stream into frames. Holds at most one incomplete frame, in a buffer that grows with
 * the bytes received, never with the length a peer only claims.
 */
export class FrameCutter {
  #carry = new Uint8Array(0);
  #carried = 0;

  /** Bytes of the incomplete frame held. */
  get carriedBytes(): number {
    return this.#carried;
  }

  /**
   * Yields each whole frame, length bytes included, in order, and keeps the rest; the caller must
   * iterate to the end. Shape: a frame is a view of `chunk` or of an internal buffer, valid until
   * the next step. Errors: FRAME_INVALID after the frames before it; close the connection then.
   */
  *push(chunk: Uint8Array): Generator<Uint8Array, void, undefined> {
    let at = 0;
    if (this.#carried > 0) {
      at = this.#fillPrefix(chunk);
      if (this.#carried < 4) return;
      const size = frameBytes(readInt32(this.#carry, 0));
      at += this.#append(chunk, at, Math.min(chunk.length - at, size - this.#carried), size);
      if (this.#carried < size) return;
      const frame = this.#carry.subarray(0, size);
      this.#carry = new Uint8Array(0);
      this.#carried = 0;
      yield frame;
    }
    while (chunk.length - at >= 4) {
      const size = frameBytes(readInt32(chunk, at));
      if (chunk.length - at < size) break;
      yield chunk.subarray(at, at + size);
      at += size;
    }
    if (at < chunk.length) this.#append(chunk, at, chunk.length - at, MAX_FRAME_BYTES);
  }

  /** Completes the 4 length bytes of the carried frame; returns how many were taken. */
  #fillPrefix(chunk: Uint8Array): number {
    const missing = Math.max(0, 4 - this.#carried);
    return this.#append(chunk, 0, Math.min(missing, chunk.length), FIRST_CARRY_BYTES);
  }

  #append(chunk: Uint8Array, from: number, count: number, limit: number): number {
    const needed = this.#carried + count;
    if (needed > this.#carry.length) {
      const capacity = Math.max(needed, Math.min(limit, this.#carry.length * 2), 64);
      const grown = new Uint8Array(Math.min(capacity, MAX_FRAME_BYTES));
      grown.set(this.#carry.subarray(0, this.#carried));
      this.#carry = grown;
    }
    this.#carry.set(chunk.subarray(from, from + count), this.#carried);
    this.#carried = needed;
    return count;
  }
}

/**
 * The command in one whole frame. Owns: the body is a copy, so `frame` may be reused at once.
 * Errors: FRAME_INVALID; Apache closes the connection without an answer.
 */
export function decodeFrame(frame: Uint8Array): RemotingCommand {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (frame.length < FRAME_PREFIX_BYTES || frameBytes(view.getInt32(0)) !== frame.length) {
    throw new ApogeeError('FRAME_INVALID', `a frame of ${frame.length} bytes has another length`);
  }
  const headerWord = view.getInt32(4);
  const headerEnd = FRAME_PREFIX_BYTES + (headerWord & 0xffffff);
  if (headerEnd > frame.length) {
    throw new ApogeeError(
      'FRAME_INVALID',
      `a header of ${headerWord & 0xffffff} bytes does not fit a frame of ${frame.length}`,
    );
  }
  const command = decodeHeader(headerWord >>> 24, frame.subarray(FRAME_PREFIX_BYTES, headerEnd));
  if (headerEnd < frame.length) command.body = frame.slice(headerEnd);
  return command;
}

function decodeHeader(serializeType: number, header: Uint8Array): RemotingCommand {
  try {
    if (serializeType === SerializeType.JSON) return decodeJsonHeader(header);
    if (serializeType === SerializeType.ROCKETMQ) return decodeBinaryHeader(header);
  } catch (error) {
    throw new ApogeeError('FRAME_INVALID', `the frame's header: ${errorText(error)}`, {
      cause: error,
    });
  }
  throw new ApogeeError('FRAME_INVALID', `header encoding ${serializeType} is unknown`);
}

/**
 * The bytes of `command`, its header encoded as `serializeType` says.
 * Errors: FRAME_INVALID when the frame would be longer than MAX_FRAME_BYTES.
 */
export function encodeFrame(command: RemotingCommand): Uint8Array {
  const header =
    command.serializeType === SerializeType.ROCKETMQ
      ? encodeBinaryHeader(command)
      : encodeJsonHeader(command);
  const size = FRAME_PREFIX_BYTES + header.length + (command.body?.length ?? 0);
  if (size > MAX_FRAME_BYTES) {
    throw new ApogeeError(
      'FRAME_INVALID',
      `a command of ${size} bytes does not fit a frame of ${MAX_FRAME_BYTES}`,
      { cure: 'send or ask for less at a time' },
    );
  }
  const frame = new Uint8Array(size);
  const view = new DataView(frame.buffer);
  view.setInt32(0, size - 4);
  view.setInt32(4, (command.serializeType << 24) | header.length);
  frame.set(header, FRAME_PREFIX_BYTES);
  if (command.body !== undefined) frame.set(command.body, FRAME_PREFIX_BYTES + header.length);
  return frame;
}

function readInt32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset + at, 4).getInt32(0);
}
