// SPDX-License-Identifier: Apache-2.0
/**
 * Code 225, admin to broker: create or change several groups.
 * Source: SubscriptionGroupList; admin §3.4.
 */
import { RequestCode } from '../codes.ts';
import { headerFields } from '../header-fields.ts';
import { encodeJsonBody } from '../java-json.ts';
import { arrayField, parseJsonBody } from '../json-fields.ts';
import {
  type SubscriptionGroupConfig,
  subscriptionGroupConfigFromJson,
  subscriptionGroupConfigToJson,
} from '../subscription-group-config.ts';

export const updateAndCreateSubscriptiongroupList = {
  code: RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST,
  request: headerFields({}),
  response: headerFields({}),
} as const;

export function encodeSubscriptionGroupList(
  configs: readonly SubscriptionGroupConfig[],
): Uint8Array {
  return encodeJsonBody({ groupConfigList: configs.map(subscriptionGroupConfigToJson) });
}

/** Errors: BODY_INVALID. */
export function decodeSubscriptionGroupList(
  body: Uint8Array | undefined,
): SubscriptionGroupConfig[] {
  const fields = parseJsonBody(body, 'a subscription group list');
  return arrayField(fields, 'groupConfigList').map((config) =>
    subscriptionGroupConfigFromJson(config),
  );
}
