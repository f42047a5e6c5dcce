// SPDX-License-Identifier: Apache-2.0
/**
 * Code 901, broker to name server: the addresses of all replicas of a broker name.
 * Source: GetBrokerMemberGroupResponseBody; namesrv §4.9.
 */
import { RequestCode } from '../codes.ts';
import { headerFields, required } from '../header-fields.ts';
import { encodeJsonBody } from '../java-json.ts';
import { entriesField, objectField, parseJsonBody, textField } from '../json-fields.ts';
import { brokerAddrsFromJson } from '../topic-route.ts';

export const getBrokerMemberGroup = {
  code: RequestCode.GET_BROKER_MEMBER_GROUP,
  request: headerFields({
    clusterName: required.text,
    brokerName: required.text,
  }),
  response: headerFields({}),
} as const;

export interface BrokerMemberGroup {
  readonly cluster: string;
  readonly brokerName: string;
  /** Broker id → `host:port`. */
  readonly brokerAddrs: ReadonlyMap<number, string>;
}

export function encodeBrokerMemberGroup(group: BrokerMemberGroup): Uint8Array {
  return encodeJsonBody({
    brokerMemberGroup: {
      brokerAddrs: group.brokerAddrs,
      brokerName: group.brokerName,
      cluster: group.cluster,
    },
  });
}

/** Undefined when the answer names no group. Errors: BODY_INVALID. */
export function decodeBrokerMemberGroup(
  body: Uint8Array | undefined,
): BrokerMemberGroup | undefined {
  const group = objectField(parseJsonBody(body, 'a broker member group'), 'brokerMemberGroup');
  if (group === undefined) return undefined;
  return {
    cluster: textField(group, 'cluster') ?? '',
    brokerName: textField(group, 'brokerName') ?? '',
    brokerAddrs: brokerAddrsFromJson(entriesField(group, 'brokerAddrs')),
  };
}
