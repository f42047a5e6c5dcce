// SPDX-License-Identifier: Apache-2.0
/**
 * A topic on one broker, in its two encodings: JSON, and the blank-separated line of compressed
 * registrations. Source: TopicConfig (common); namesrv §4.1.
 */
import { ApogeeError } from '../core/errors.ts';
import { parseJavaJson, stringifyJavaJson } from './java-json.ts';
import {
  booleanField,
  entriesField,
  enumField,
  int32Field,
  objectOf,
  requiredText,
  textOf,
} from './json-fields.ts';
import type { JavaJson, JavaJsonBean } from './json-value.ts';
import { PERM_READ_WRITE } from './perm.ts';

export const topicFilterTypes = ['SINGLE_TAG', 'MULTI_TAG'] as const;
export type TopicFilterType = (typeof topicFilterTypes)[number];

/** Queue numbers of a topic whose creator gave none. */
export const DEFAULT_TOPIC_QUEUE_NUMS = 16;

export interface TopicConfig {
  readonly topicName: string;
  readonly readQueueNums: number;
  readonly writeQueueNums: number;
  /** Bits of `Perm`. */
  readonly perm: number;
  readonly topicFilterType: TopicFilterType;
  /** Bits of `TopicSysFlag`. */
  readonly topicSysFlag: number;
  readonly order: boolean;
  /** For example `message.type` → `FIFO`. */
  readonly attributes: ReadonlyMap<string, string>;
}

export function newTopicConfig(
  topicName: string,
  parts: Partial<Omit<TopicConfig, 'topicName'>> = {},
): TopicConfig {
  return {
    topicName,
    readQueueNums: DEFAULT_TOPIC_QUEUE_NUMS,
    writeQueueNums: DEFAULT_TOPIC_QUEUE_NUMS,
    perm: PERM_READ_WRITE,
    topicFilterType: 'SINGLE_TAG',
    topicSysFlag: 0,
    order: false,
    attributes: new Map(),
    ...parts,
  };
}

export function topicConfigToJson(config: TopicConfig): JavaJsonBean {
  return {
    attributes: config.attributes,
    order: config.order,
    perm: config.perm,
    readQueueNums: config.readQueueNums,
    topicFilterType: config.topicFilterType,
    topicName: config.topicName,
    topicSysFlag: config.topicSysFlag,
    writeQueueNums: config.writeQueueNums,
  };
}

/** `topicName` is taken from the table's key where the value lacks it. Errors: BODY_INVALID. */
export function topicConfigFromJson(value: JavaJson | undefined, keyName?: string): TopicConfig {
  const fields = objectOf(value, 'a topic config');
  const named = keyName === undefined ? fields : { topicName: keyName, ...fields };
  return {
    topicName: requiredText(named, 'topicName', 'a topic config'),
    readQueueNums: int32Field(fields, 'readQueueNums', DEFAULT_TOPIC_QUEUE_NUMS),
    writeQueueNums: int32Field(fields, 'writeQueueNums', DEFAULT_TOPIC_QUEUE_NUMS),
    perm: int32Field(fields, 'perm', PERM_READ_WRITE),
    topicFilterType: enumField(fields, 'topicFilterType', topicFilterTypes, 'SINGLE_TAG'),
    topicSysFlag: int32Field(fields, 'topicSysFlag', 0),
    order: booleanField(fields, 'order', false),
    attributes: attributesFromJson(entriesField(fields, 'attributes')),
  };
}

export function attributesFromJson(
  entries: readonly (readonly [string, JavaJson])[],
): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const [key, value] of entries) {
    const text = textOf(value);
    if (text !== undefined) attributes.set(key, text);
  }
  return attributes;
}

/** `T1 8 8 6 SINGLE_TAG {"message.type":"FIFO"}`; sysFlag and order are not carried. */
export function topicConfigToLine(config: TopicConfig): string {
  const { topicName, readQueueNums, writeQueueNums, perm, topicFilterType } = config;
  const attributes = stringifyJavaJson(config.attributes);
  return `${topicName} ${readQueueNums} ${writeQueueNums} ${perm} ${topicFilterType} ${attributes}`;
}

/** Errors: BODY_INVALID naming the line. */
export function topicConfigFromLine(line: string): TopicConfig {
  const [topicName, read, write, perm, filterType, ...attributes] = line.split(' ');
  const numbers = [read, write, perm].map((text) => Number(text));
  const filter = topicFilterTypes.find((name) => name === filterType);
  if (!topicName || filter === undefined || !numbers.every((n) => Number.isInteger(n))) {
    throw new ApogeeError('BODY_INVALID', `not a topic line: ${line.slice(0, 200)}`);
  }
  const text = attributes.join(' ');
  return newTopicConfig(topicName, {
    readQueueNums: numbers[0] ?? 0,
    writeQueueNums: numbers[1] ?? 0,
    perm: numbers[2] ?? 0,
    topicFilterType: filter,
    attributes: attributesFromJson(
      text === '' ? [] : Object.entries(objectOf(parseJavaJson(text), 'topic attributes')),
    ),
  });
}

/** True when registering either means the same. Attribute order does not count. */
export function equalTopicConfigs(left: TopicConfig, right: TopicConfig): boolean {
  return (
    left.topicName === right.topicName &&
    left.readQueueNums === right.readQueueNums &&
    left.writeQueueNums === right.writeQueueNums &&
    left.perm === right.perm &&
    left.topicFilterType === right.topicFilterType &&
    left.topicSysFlag === right.topicSysFlag &&
    left.order === right.order &&
    left.attributes.size === right.attributes.size &&
    [...left.attributes].every(([key, value]) => right.attributes.get(key) === value)
  );
}
