// SPDX-License-Identifier: Apache-2.0
/**
 * The binary header of a frame (type 1, ROCKETMQ). Byte table in FRAME.md. Codes travel as int16:
 * those above 32767 are cut to 16 bits, as Apache does, and belong in JSON headers.
 * Source: RocketMQSerializable; remoting §1.3.
 */
import { ApogeeError } from '../core/errors.ts';
import {
  type ExtFields,
  languageNames,
  newExtFields,
  type RemotingCommand,
  SerializeType,
} from './remoting-command.ts';

/** code 2, language 1, version 2, opaque 4, flag 4, remark length 4, ext length 4. */
export const MIN_BINARY_HEADER_BYTES = 21;

const REMARK_OFFSET = 13;
const MAX_KEY_BYTES = 32_767;
const OTHER_LANGUAGE = languageNames.indexOf('OTHER');

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();

/** Errors: FRAME_INVALID. */
export function decodeBinaryHeader(header: Uint8Array): RemotingCommand {
  if (header.length < MIN_BINARY_HEADER_BYTES) {
    return fail(`${header.length} bytes are less than ${MIN_BINARY_HEADER_BYTES}`);
  }
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const remarkEnd = endOf(view, REMARK_OFFSET, 4, header.length - 4, 'remark');
  const extEnd = endOf(view, remarkEnd, 4, header.length, 'extFields');
  return {
    code: view.getInt16(0),
    language: languageNames[view.getInt8(2)] ?? 'OTHER',
    version: view.getInt16(3),
    opaque: view.getInt32(5),
    flag: view.getInt32(9),
    remark: textBetween(header, REMARK_OFFSET + 4, remarkEnd),
    extFields: decodeExtFields(header, view, remarkEnd + 4, extEnd),
    body: undefined,
    serializeType: SerializeType.ROCKETMQ,
  };
}

function decodeExtFields(header: Uint8Array, view: DataView, from: number, end: number): ExtFields {
  const extFields = newExtFields();
  let at = from;
  while (at < end) {
    const keyEnd = endOf(view, at, 2, end, 'an ext key');
    const valueEnd = endOf(view, keyEnd, 4, end, 'an ext value');
    const key = textBetween(header, at + 2, keyEnd);
    const value = textBetween(header, keyEnd + 4, valueEnd);
    if (key !== undefined && value !== undefined) extFields[key] = value;
    at = valueEnd;
  }
  return extFields;
}

/** End of the item at `at`, whose length takes `prefixBytes`; it must end by `limit`. */
function endOf(view: DataView, at: number, prefixBytes: 2 | 4, limit: number, what: string) {
  if (at + prefixBytes > limit) return fail(`it ends inside the length of ${what}`);
  const length = prefixBytes === 2 ? view.getInt16(at) : view.getInt32(at);
  const end = at + prefixBytes + length;
  if (length < 0 || end > limit) return fail(`the length of ${what} is ${length}`);
  return end;
}

/** A text of zero bytes reads back as none. */
function textBetween(bytes: Uint8Array, from: number, end: number): string | undefined {
  return end > from ? decoder.decode(bytes.subarray(from, end)) : undefined;
}

function fail(detail: string): never {
  throw new ApogeeError('FRAME_INVALID', `malformed binary header: ${detail}`);
}

/** Errors: FRAME_INVALID for a key longer than an int16 can say. */
export function encodeBinaryHeader(command: RemotingCommand): Uint8Array {
  const remark = encoder.encode(command.remark ?? '');
  const texts: Uint8Array[] = [];
  let extBytes = 0;
  for (const [key, value] of Object.entries(command.extFields)) {
    const keyBytes = encoder.encode(key);
    if (keyBytes.length > MAX_KEY_BYTES) fail(`an ext key has ${keyBytes.length} bytes`);
    const valueBytes = encoder.encode(value);
    texts.push(keyBytes, valueBytes);
    extBytes += 6 + keyBytes.length + valueBytes.length;
  }
  const header = new Uint8Array(MIN_BINARY_HEADER_BYTES + remark.length + extBytes);
  const view = new DataView(header.buffer);
  const language = (languageNames as readonly string[]).indexOf(command.language);
  view.setInt16(0, command.code);
  view.setInt8(2, language < 0 ? OTHER_LANGUAGE : language);
  view.setInt16(3, command.version);
  view.setInt32(5, command.opaque);
  view.setInt32(9, command.flag);
  view.setInt32(REMARK_OFFSET, remark.length);
  header.set(remark, REMARK_OFFSET + 4);
  let at = REMARK_OFFSET + 4 + remark.length;
  view.setInt32(at, extBytes);
  at += 4;
  for (const [index, text] of texts.entries()) {
    const isKey = index % 2 === 0;
    if (isKey) view.setInt16(at, text.length);
    else view.setInt32(at, text.length);
    at += isKey ? 2 : 4;
    header.set(text, at);
    at += text.length;
  }
  return header;
}
