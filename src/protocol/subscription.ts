// SPDX-License-Identifier: Apache-2.0
/**
 * What a consumer group wants of a topic, and the hash code that tags are filtered by.
 * Source: SubscriptionData, FilterAPI; remoting §2.5.1, §3.10.
 */
import { ApogeeError } from '../core/errors.ts';
import {
  arrayField,
  bigint64Field,
  booleanField,
  objectOf,
  requiredText,
  textField,
  textsField,
} from './json-fields.ts';
import type { JavaJson, JavaJsonBean } from './json-value.ts';

export const SUBSCRIBE_ALL = '*';

/** Default of `expressionType` where it is empty or absent. */
export const EXPRESSION_TYPE_TAG = 'TAG';
export const EXPRESSION_TYPE_SQL92 = 'SQL92';

export interface SubscriptionData {
  readonly topic: string;
  readonly subString: string;
  /** Empty: every tag. */
  readonly tagsSet: readonly string[];
  /** `javaHashCode` of each tag. */
  readonly codeSet: readonly number[];
  /** Milliseconds from Java, nanoseconds (beyond 2^53) from Go. */
  readonly subVersion: bigint;
  readonly expressionType: string;
  readonly classFilterMode: boolean;
}

/** Java's String.hashCode: 31·h + UTF-16 unit, wrapped to int32. `TagA` → 2598919. */
export function javaHashCode(text: string): number {
  let hash = 0;
  for (let index = 0; index < text.length; index += 1) {
    hash = (Math.imul(31, hash) + text.charCodeAt(index)) | 0;
  }
  return hash;
}

export function isTagType(expressionType: string | undefined): boolean {
  return !expressionType || expressionType === EXPRESSION_TYPE_TAG;
}

/**
 * Tags of `A || B`; empty means all.
 * Errors: MESSAGE_INVALID when the expression holds separators but no tag.
 */
export function parseTagExpression(expression: string | undefined): string[] {
  if (!expression || expression === SUBSCRIBE_ALL) return [];
  const tags = expression
    .split('||')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
  if (tags.length === 0) {
    throw new ApogeeError('MESSAGE_INVALID', `no tag in the expression ${expression}`, {
      cure: 'write tags as A || B, or * for all',
    });
  }
  return [...new Set(tags)];
}

/** Errors: MESSAGE_INVALID as `parseTagExpression`, and for SQL92 without an expression. */
export function newSubscriptionData(
  topic: string,
  expression: string | undefined,
  options: { readonly expressionType?: string | undefined; readonly subVersion?: bigint } = {},
): SubscriptionData {
  const { expressionType, subVersion = 0n } = options;
  const base = { topic, subVersion, classFilterMode: false };
  if (isTagType(expressionType)) {
    const tagsSet = parseTagExpression(expression);
    const codeSet = tagsSet.map(javaHashCode);
    const subString = expression || SUBSCRIBE_ALL;
    return { ...base, subString, tagsSet, codeSet, expressionType: EXPRESSION_TYPE_TAG };
  }
  if (!expression) {
    throw new ApogeeError('MESSAGE_INVALID', `an ${expressionType} subscription has no expression`);
  }
  return {
    ...base,
    subString: expression,
    tagsSet: [],
    codeSet: [],
    expressionType: expressionType ?? EXPRESSION_TYPE_TAG,
  };
}

export function subscriptionDataToJson(data: SubscriptionData): JavaJsonBean {
  return {
    classFilterMode: data.classFilterMode,
    codeSet: data.codeSet,
    expressionType: data.expressionType,
    subString: data.subString,
    subVersion: data.subVersion,
    tagsSet: data.tagsSet,
    topic: data.topic,
  };
}

/** Errors: BODY_INVALID. */
export function subscriptionDataFromJson(value: JavaJson | undefined): SubscriptionData {
  const fields = objectOf(value, 'a subscription');
  return {
    topic: requiredText(fields, 'topic', 'a subscription'),
    subString: textField(fields, 'subString') ?? SUBSCRIBE_ALL,
    tagsSet: textsField(fields, 'tagsSet'),
    // Go sends the codes as texts.
    codeSet: arrayField(fields, 'codeSet').map((code) => Number(code) | 0),
    subVersion: bigint64Field(fields, 'subVersion', 0n),
    expressionType: textField(fields, 'expressionType') || EXPRESSION_TYPE_TAG,
    classFilterMode: booleanField(fields, 'classFilterMode', false),
  };
}
