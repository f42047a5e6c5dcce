// SPDX-License-Identifier: Apache-2.0
/**
 * Code 300, admin to broker: groups that consume a topic or hold offsets of it.
 * Source: QueryTopicConsumeByWhoRequestHeader; admin §3.4.
 */
import { RequestCode } from '../codes.ts';
import { headerFields, optional, required } from '../header-fields.ts';
import { encodeJsonBody } from '../java-json.ts';
import { parseJsonBody, textsField } from '../json-fields.ts';

export const queryTopicConsumeByWho = {
  code: RequestCode.QUERY_TOPIC_CONSUME_BY_WHO,
  request: headerFields({
    topic: required.text,
    bname: optional.text,
  }),
  response: headerFields({}),
} as const;

export function encodeGroupList(groups: readonly string[]): Uint8Array {
  return encodeJsonBody({ groupList: groups });
}

/** Errors: BODY_INVALID. */
export function decodeGroupList(body: Uint8Array | undefined): string[] {
  return textsField(parseJsonBody(body, 'a group list'), 'groupList');
}
