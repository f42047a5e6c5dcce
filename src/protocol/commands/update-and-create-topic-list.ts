// SPDX-License-Identifier: Apache-2.0
/**
 * Code 18, admin to broker: create or change several topics; none is stored when one is refused.
 * Source: CreateTopicListRequestBody; admin §3.2.
 */
import { RequestCode } from '../codes.ts';
import { headerFields } from '../header-fields.ts';
import { encodeJsonBody } from '../java-json.ts';
import { arrayField, parseJsonBody } from '../json-fields.ts';
import { type TopicConfig, topicConfigFromJson, topicConfigToJson } from '../topic-config.ts';

export const updateAndCreateTopicList = {
  code: RequestCode.UPDATE_AND_CREATE_TOPIC_LIST,
  request: headerFields({}),
  response: headerFields({}),
} as const;

export function encodeTopicConfigList(configs: readonly TopicConfig[]): Uint8Array {
  return encodeJsonBody({ topicConfigList: configs.map(topicConfigToJson) });
}

/** Errors: BODY_INVALID. */
export function decodeTopicConfigList(body: Uint8Array | undefined): TopicConfig[] {
  const fields = parseJsonBody(body, 'a topic config list');
  return arrayField(fields, 'topicConfigList').map((config) => topicConfigFromJson(config));
}
