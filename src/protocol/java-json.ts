// SPDX-License-Identifier: Apache-2.0
/**
 * Reads and writes the JSON dialect of the protocol (remoting §2.0.1, delta-5.5.0 §2.1).
 *
 * Reader: strict JSON plus bare integer keys, object keys, single quotes, trailing commas,
 * comments and `$ref`. An object key becomes its canonical text (members sorted, compact), which
 * `parseJavaJson` reads back. Unquoted names and text after the value are refused, as by Apache.
 * Writer: compact as fastjson2; bean members in the caller's order, which is alphabetical
 * wherever Apache's bodies are rebuilt.
 */
import { ApogeeError } from '../core/errors.ts';
import { JavaJsonReader } from './java-json-reader.ts';
import {
  JavaDouble,
  type JavaJson,
  type JavaJsonBean,
  type JavaJsonInput,
  ObjectKeyMap,
} from './json-value.ts';

/** Deepest nesting read or written; Apache's bodies stay below 10. */
export const MAX_JSON_DEPTH = 64;

/** Longest text read: what fits one frame. */
export const MAX_JSON_LENGTH = 16_777_216;

export interface ParseOptions {
  /** False: `{"$ref":…}` stays an ordinary object, so that the result is always a tree. */
  readonly resolveReferences?: boolean;
}

export interface WriteOptions {
  /** True: integer keys are quoted, as strict route data wants them. Object keys cannot be. */
  readonly quoteKeys?: boolean;
}

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** Errors: BODY_INVALID with the position and what was expected. */
export function parseJavaJson(source: Uint8Array | string, options: ParseOptions = {}): JavaJson {
  const text = typeof source === 'string' ? source : decoder.decode(source);
  if (text.length > MAX_JSON_LENGTH) {
    throw new ApogeeError(
      'BODY_INVALID',
      `JSON of ${text.length} characters is longer than ${MAX_JSON_LENGTH}`,
    );
  }
  const reader = new JavaJsonReader(text, MAX_JSON_DEPTH, canonicalText);
  const value = reader.readDocument();
  return options.resolveReferences !== false && reader.sawReference
    ? reader.resolveReferences(value)
    : value;
}

/** Compact text of `value`. Errors: BODY_INVALID when it nests deeper than MAX_JSON_DEPTH. */
export function stringifyJavaJson(value: JavaJsonInput, options: WriteOptions = {}): string {
  return write(value, { quoteKeys: options.quoteKeys === true, pretty: false }, 0);
}

/** Tab-indented text as Apache writes its configuration files. */
export function prettyJavaJson(value: JavaJsonInput): string {
  return write(value, { quoteKeys: false, pretty: true }, 0);
}

/** UTF-8 bytes of the compact text: a JSON body. */
export function encodeJsonBody(value: JavaJsonInput, options: WriteOptions = {}): Uint8Array {
  return encoder.encode(stringifyJavaJson(value, options));
}

interface WriterState {
  readonly quoteKeys: boolean;
  readonly pretty: boolean;
}

function write(value: JavaJsonInput, state: WriterState, depth: number): string {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'number':
      return Number.isFinite(value) ? String(value) : 'null';
    case 'bigint':
    case 'boolean':
      return String(value);
    case 'object':
      return value === null ? 'null' : writeObject(value, state, depth);
    default:
      return 'null';
  }
}

function writeObject(value: object, state: WriterState, depth: number): string {
  if (value instanceof JavaDouble) return writeDouble(value.value);
  if (depth >= MAX_JSON_DEPTH) {
    throw new ApogeeError('BODY_INVALID', `JSON nests deeper than ${MAX_JSON_DEPTH} levels`);
  }
  const inner = depth + 1;
  const parts: string[] = [];
  if (Array.isArray(value)) {
    for (const item of value as readonly JavaJsonInput[]) parts.push(write(item, state, inner));
    return join('[', parts, ']', state, depth);
  }
  if (value instanceof Map) {
    for (const [key, item] of value as ReadonlyMap<string | number, JavaJsonInput>) {
      if (item === undefined) continue;
      const bare = typeof key === 'number' && !state.quoteKeys;
      parts.push(`${bare ? key : quote(String(key))}:${write(item, state, inner)}`);
    }
  } else if (value instanceof ObjectKeyMap) {
    for (const [key, item] of value as ObjectKeyMap<JavaJsonBean, JavaJsonInput>) {
      parts.push(`${write(key, state, inner)}:${write(item, state, inner)}`);
    }
  } else {
    for (const [key, item] of Object.entries(value as JavaJsonBean)) {
      if (item !== undefined) parts.push(`${quote(key)}:${write(item, state, inner)}`);
    }
  }
  return join('{', parts, '}', state, depth);
}

function join(open: string, parts: string[], close: string, state: WriterState, depth: number) {
  if (!state.pretty || parts.length === 0) return open + parts.join(',') + close;
  const outer = `\n${'\t'.repeat(depth)}`;
  return `${open}${outer}\t${parts.join(`,${outer}\t`)}${outer}${close}`;
}

/** As Java's Double.toString: a decimal point always, an exponent outside [0.001, 10^7). */
function writeDouble(value: number): string {
  if (!Number.isFinite(value)) return 'null';
  const size = Math.abs(value);
  if (value === 0 || (size >= 1e-3 && size < 1e7)) return withPoint(String(value));
  const [mantissa = '0', exponent = '0'] = value.toExponential().split('e');
  return `${withPoint(mantissa)}E${Number(exponent)}`;
}

function withPoint(text: string): string {
  return text.includes('.') ? text : `${text}.0`;
}

/** Escapes what fastjson2 escapes, and lone surrogates, which Java would lose. */
function quote(text: string): string {
  return JSON.stringify(text);
}

/** One text for equal values: members sorted by UTF-16 code units, compact. */
function canonicalText(value: JavaJson): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`;
  if (value === null || typeof value !== 'object') return stringifyJavaJson(value);
  const members = Object.keys(value)
    .sort()
    .map((key) => `${quote(key)}:${canonicalText(value[key] ?? null)}`);
  return `{${members.join(',')}}`;
}
