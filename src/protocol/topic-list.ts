// SPDX-License-Identifier: Apache-2.0
/** A set of topic names: answers 206, 224, 304, 305, 311, 312, 313, 343. Source: TopicList. */
import { encodeJsonBody } from './java-json.ts';
import { parseJsonBody, textField, textsField } from './json-fields.ts';

export interface TopicList {
  readonly topicList: readonly string[];
  /** A broker to ask for its system topics; only in answers 304 and 343. */
  readonly brokerAddr?: string | undefined;
}

export function encodeTopicList(list: TopicList): Uint8Array {
  return encodeJsonBody({ brokerAddr: list.brokerAddr, topicList: list.topicList });
}

/** Errors: BODY_INVALID. */
export function decodeTopicList(body: Uint8Array | undefined): TopicList {
  const fields = parseJsonBody(body, 'a topic list');
  return {
    topicList: textsField(fields, 'topicList'),
    brokerAddr: textField(fields, 'brokerAddr'),
  };
}
