// SPDX-License-Identifier: Apache-2.0
/**
 * Code 38, client to broker: ids of the clients that consume for a group.
 * Source: GetConsumerListByGroupRequestHeader; remoting §2.5.2.
 */
import { RequestCode } from '../codes.ts';
import { headerFields, optional, required } from '../header-fields.ts';
import { encodeJsonBody } from '../java-json.ts';
import { parseJsonBody, textsField } from '../json-fields.ts';

export const getConsumerListByGroup = {
  code: RequestCode.GET_CONSUMER_LIST_BY_GROUP,
  request: headerFields({
    consumerGroup: required.text,
    bname: optional.text,
  }),
  response: headerFields({}),
} as const;

export function encodeConsumerIdList(clientIds: readonly string[]): Uint8Array {
  return encodeJsonBody({ consumerIdList: clientIds });
}

/** Errors: BODY_INVALID. */
export function decodeConsumerIdList(body: Uint8Array | undefined): string[] {
  return textsField(parseJsonBody(body, 'a consumer list'), 'consumerIdList');
}
