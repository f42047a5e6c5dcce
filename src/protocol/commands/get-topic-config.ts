// SPDX-License-Identifier: Apache-2.0
/**
 * Code 351, admin to broker: one topic. Source: GetTopicConfigRequestHeader; admin §3.2.
 */
import { RequestCode } from '../codes.ts';
import { headerFields, optional, required } from '../header-fields.ts';
import { encodeJsonBody } from '../java-json.ts';
import { parseJsonBody } from '../json-fields.ts';
import { type TopicConfig, topicConfigFromJson, topicConfigToJson } from '../topic-config.ts';

export const getTopicConfig = {
  code: RequestCode.GET_TOPIC_CONFIG,
  request: headerFields({
    topic: required.text,
    lo: optional.boolean,
    bname: optional.text,
  }),
  response: headerFields({}),
} as const;

export function encodeTopicConfig(config: TopicConfig): Uint8Array {
  return encodeJsonBody(topicConfigToJson(config));
}

/** Errors: BODY_INVALID. */
export function decodeTopicConfig(body: Uint8Array | undefined): TopicConfig {
  return topicConfigFromJson(parseJsonBody(body, 'a topic config'));
}
