// SPDX-License-Identifier: Apache-2.0
/**
 * Code 322, broker to name server: does this version differ from the registered one? Also a sign of
 * life. Bodies: DataVersion JSON. Source: QueryDataVersionRequestHeader; namesrv §4.6.
 */
import { RequestCode } from '../codes.ts';
import { type DataVersion, dataVersionFromJson, dataVersionToJson } from '../data-version.ts';
import { headerFields, optional, required } from '../header-fields.ts';
import { encodeJsonBody } from '../java-json.ts';
import { parseJsonBody } from '../json-fields.ts';

export const queryDataVersion = {
  code: RequestCode.QUERY_DATA_VERSION,
  request: headerFields({
    brokerName: optional.text,
    brokerAddr: required.text,
    clusterName: required.text,
    brokerId: optional.int64,
  }),
  response: headerFields({
    changed: required.boolean,
  }),
} as const;

export function encodeDataVersion(version: DataVersion): Uint8Array {
  return encodeJsonBody(dataVersionToJson(version));
}

/** Errors: BODY_INVALID. */
export function decodeDataVersion(body: Uint8Array | undefined): DataVersion {
  return dataVersionFromJson(parseJsonBody(body, 'a data version'));
}
