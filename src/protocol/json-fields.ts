// SPDX-License-Identifier: Apache-2.0
/**
 * Typed reads of parsed JSON with the tolerance Apache's peers need: numbers as text, enums by
 * name or ordinal, null and absent alike. Source: remoting §2.0.1 "Accept on input".
 */
import { ApogeeError } from '../core/errors.ts';
import { parseJavaJson } from './java-json.ts';
import type { JavaJson, JavaJsonObject } from './json-value.ts';

const DECIMAL = /^-?[0-9]{1,19}$/;

/** The object that a body holds. Errors: BODY_INVALID naming `what` when it holds another thing. */
export function parseJsonBody(body: Uint8Array | undefined, what: string): JavaJsonObject {
  if (body === undefined || body.length === 0) {
    throw new ApogeeError('BODY_INVALID', `${what}: the body is empty`);
  }
  return objectOf(parseJavaJson(body), what);
}

export function isObject(value: JavaJson | undefined): value is JavaJsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function objectOf(value: JavaJson | undefined, what: string): JavaJsonObject {
  if (!isObject(value)) throw new ApogeeError('BODY_INVALID', `${what} is not a JSON object`);
  return value;
}

/** Members of a nested object as a Map; empty when null or absent. */
export function entriesField(object: JavaJsonObject, key: string): [string, JavaJson][] {
  const value = object[key];
  return isObject(value) ? Object.entries(value) : [];
}

export function objectField(object: JavaJsonObject, key: string): JavaJsonObject | undefined {
  const value = object[key];
  return isObject(value) ? value : undefined;
}

export function arrayField(object: JavaJsonObject, key: string): JavaJson[] {
  const value = object[key];
  return Array.isArray(value) ? value : [];
}

export function textField(object: JavaJsonObject, key: string): string | undefined {
  return textOf(object[key]);
}

/** A scalar as text; undefined for null, absent and nested values. */
export function textOf(value: JavaJson | undefined): string | undefined {
  if (value === undefined || value === null || typeof value === 'object') return undefined;
  return String(value);
}

/** A text that must be there. Errors: BODY_INVALID naming the key. */
export function requiredText(object: JavaJsonObject, key: string, what: string): string {
  const text = textField(object, key);
  if (text === undefined) throw new ApogeeError('BODY_INVALID', `${what} lacks ${key}`);
  return text;
}

/** Texts of an array; other items are dropped. */
export function textsField(object: JavaJsonObject, key: string): string[] {
  return arrayField(object, key)
    .map(textOf)
    .filter((text) => text !== undefined);
}

/** A number (also as text) within 2^53. Errors: BODY_INVALID naming the key. */
export function numberField(object: JavaJsonObject, key: string, absent: number): number {
  const value = object[key];
  if (value === undefined || value === null || value === '') return absent;
  const number = typeof value === 'string' && DECIMAL.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isFinite(number)) return number;
  throw new ApogeeError('BODY_INVALID', `${key} is not a number: ${shown(value)}`);
}

/** A 32-bit integer (also as text or with a zero fraction). Errors: BODY_INVALID. */
export function int32Field(object: JavaJsonObject, key: string, absent: number): number {
  const number = numberField(object, key, absent);
  if (number === (number | 0)) return number;
  throw new ApogeeError('BODY_INVALID', `${key} is not a 32-bit integer: ${number}`);
}

/** An integer within 2^53. Errors: BODY_INVALID. */
export function int64Field(object: JavaJsonObject, key: string, absent: number): number {
  const number = numberField(object, key, absent);
  if (Number.isSafeInteger(number)) return number;
  throw new ApogeeError('BODY_INVALID', `${key} is not an integer below 2^53: ${number}`);
}

/** All 64 bits. Errors: BODY_INVALID. */
export function bigint64Field(object: JavaJsonObject, key: string, absent: bigint): bigint {
  const value = object[key];
  if (value === undefined || value === null || value === '') return absent;
  const integer =
    typeof value === 'bigint' ||
    (typeof value === 'number' && Number.isInteger(value)) ||
    (typeof value === 'string' && DECIMAL.test(value))
      ? BigInt(value)
      : undefined;
  if (integer !== undefined && BigInt.asIntN(64, integer) === integer) return integer;
  throw new ApogeeError('BODY_INVALID', `${key} is not a 64-bit integer: ${shown(value)}`);
}

export function booleanField(object: JavaJsonObject, key: string, absent: boolean): boolean {
  const value = object[key];
  if (value === undefined || value === null) return absent;
  if (typeof value === 'string') return value.toLowerCase() === 'true' || value === '1';
  return Boolean(value);
}

/** An enum by name or by its index in `names`; anything else is `absent`. */
export function enumField<Name extends string, Absent extends Name | undefined>(
  object: JavaJsonObject,
  key: string,
  names: readonly Name[],
  absent: Absent,
): Name | Absent {
  const value = object[key];
  if (typeof value === 'number') return names[value] ?? absent;
  if (typeof value !== 'string') return absent;
  if (/^[0-9]{1,3}$/.test(value)) return names[Number(value)] ?? absent;
  return names.find((name) => name === value) ?? absent;
}

function shown(value: JavaJson): string {
  return String(textOf(value) ?? 'a nested value').slice(0, 64);
}
