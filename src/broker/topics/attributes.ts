// SPDX-License-Identifier: Apache-2.0
/**
 * Attributes of topics and groups, and the text that changes them: `+key=value,-key`.
 * Source: AttributeParser, AttributeUtil, TopicAttributes, SubscriptionGroupAttributes (common);
 * admin §3.8, delta-5.5.0 §2.5.
 */
import { ApogeeError } from '../../core/errors.ts';

interface AttributeRule {
  readonly changeable: boolean;
  /** What is wrong with `value`; undefined when it is allowed. */
  fault(value: string): string | undefined;
}

export type AttributeRules = ReadonlyMap<string, AttributeRule>;

function oneOf(changeable: boolean, ...values: string[]): AttributeRule {
  return {
    changeable,
    fault: (value) =>
      values.includes(value) ? undefined : `value is not in the set: ${values.join(', ')}`,
  };
}

function integer(minimum: bigint, maximum: bigint): AttributeRule {
  return {
    changeable: true,
    fault: (value) => {
      const inRange =
        /^-?[0-9]{1,19}$/.test(value) && BigInt(value) >= minimum && BigInt(value) <= maximum;
      return inRange ? undefined : `value is not in range(${minimum}, ${maximum})`;
    },
  };
}

const INT64_MAX = 0x7fffffffffffffffn;
const LITE_EXPIRATION_MAX_MINUTES = 43_200n;
const anyText: AttributeRule = { changeable: true, fault: () => undefined };

export const topicAttributes: AttributeRules = new Map([
  ['queue.type', oneOf(false, 'BatchCQ', 'SimpleCQ')],
  ['cleanup.policy', oneOf(false, 'DELETE', 'COMPACTION')],
  [
    'message.type',
    oneOf(
      true,
      ...['UNSPECIFIED', 'NORMAL', 'FIFO', 'DELAY', 'TRANSACTION', 'PRIORITY', 'LITE', 'MIXED'],
    ),
  ],
  ['reserve.time', integer(-1n, INT64_MAX)],
  ['lite.topic.expiration', integer(-1n, LITE_EXPIRATION_MAX_MINUTES)],
]);

export const groupAttributes: AttributeRules = new Map([
  ['priority.factor', integer(0n, 100n)],
  ['lite.bind.topic', anyText],
  ['lite.sub.model', oneOf(true, 'Shared', 'Exclusive')],
  ['lite.sub.reset.offset.exclusive', oneOf(true, 'true', 'false')],
  ['lite.sub.reset.offset.unsubscribe', oneOf(true, 'true', 'false')],
  ['lite.sub.client.quota', integer(-1n, INT64_MAX)],
  ['lite.sub.client.max.event.cnt', integer(10n, INT64_MAX)],
  ['lite.sub.wildcard', anyText],
]);

/** Values that are legal but need what this version does not have. */
const unsupportedValues: readonly (readonly [key: string, value: string])[] = [
  ['queue.type', 'BatchCQ'],
  ['cleanup.policy', 'COMPACTION'],
];

/** `+k=v,-k` as a map from `+k` and `-k` to values. Errors: CONFIG_VALUE naming the part. */
export function parseAttributeChanges(text: string | undefined): Map<string, string> {
  const changes = new Map<string, string>();
  for (const part of (text ?? '').split(',')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const key = equals < 0 ? part : part.slice(0, equals);
    if (equals >= 0 && !key.startsWith('+')) {
      throw fault(`add/alter attribute format is wrong: ${key}`);
    }
    if (equals < 0 && !key.startsWith('-')) {
      throw fault(`delete attribute format is wrong: ${key}`);
    }
    if (changes.has(key)) throw fault(`key duplication: ${key}`);
    changes.set(key, equals < 0 ? '' : part.slice(equals + 1));
  }
  return changes;
}

/**
 * `current` after `changes`; undefined `current` means that the owner is being created.
 * Errors: CONFIG_VALUE in Apache's words.
 */
export function alterAttributes(
  rules: AttributeRules,
  current: ReadonlyMap<string, string> | undefined,
  changes: ReadonlyMap<string, string>,
): Map<string, string> {
  const result = new Map(current);
  const seen = new Set<string>();
  for (const [change, value] of changes) {
    const sign = change[0];
    const key = change.slice(1);
    if (key === '' || /[+-]/.test(key)) throw fault('kv string format wrong.');
    if (seen.has(key)) throw fault(`alter duplication key. key: ${key}`);
    seen.add(key);
    if (sign !== '+' && current === undefined) {
      throw fault(`only add attribute is supported while creating topic. key: ${key}`);
    }
    if (sign !== '+' && sign !== '-') throw fault(`wrong format key: ${key}`);
    if (sign === '-' && !result.has(key)) {
      throw fault(`attempt to delete a nonexistent key: ${key}`);
    }
    const rule = rules.get(key);
    if (rule === undefined) throw fault(`unsupported key: ${key}`);
    if (current !== undefined && !rule.changeable) {
      throw fault(`attempt to update an unchangeable attribute. key: ${key}`);
    }
    if (sign === '-') {
      result.delete(key);
      continue;
    }
    checkValue(key, value, rule);
    result.set(key, value);
  }
  return result;
}

function checkValue(key: string, value: string, rule: AttributeRule): void {
  const reason = rule.fault(value);
  if (reason !== undefined) throw fault(`${reason} key: ${key} value: ${value}`);
  if (unsupportedValues.some(([name, refused]) => name === key && refused === value)) {
    throw fault(`this broker does not store topics with ${key}=${value}; leave the attribute out`);
  }
}

function fault(text: string): ApogeeError {
  return new ApogeeError('CONFIG_VALUE', text);
}
