// SPDX-License-Identifier: Apache-2.0
/**
 * Code 46, client to broker: is this subscription acceptable? Sent at start for SQL92.
 * Source: CheckClientRequestBody; remoting §2.5.2.
 */
import { RequestCode } from '../codes.ts';
import { headerFields } from '../header-fields.ts';
import { encodeJsonBody } from '../java-json.ts';
import { parseJsonBody, textField } from '../json-fields.ts';
import {
  type SubscriptionData,
  subscriptionDataFromJson,
  subscriptionDataToJson,
} from '../subscription.ts';

export const checkClientConfig = {
  code: RequestCode.CHECK_CLIENT_CONFIG,
  request: headerFields({}),
  response: headerFields({}),
} as const;

export interface CheckClientBody {
  readonly clientId: string;
  readonly group: string;
  readonly subscriptionData: SubscriptionData;
  readonly namespace?: string | undefined;
}

export function encodeCheckClientBody(body: CheckClientBody): Uint8Array {
  return encodeJsonBody({
    clientId: body.clientId,
    group: body.group,
    namespace: body.namespace,
    subscriptionData: subscriptionDataToJson(body.subscriptionData),
  });
}

/** Errors: BODY_INVALID. */
export function decodeCheckClientBody(body: Uint8Array | undefined): CheckClientBody {
  const fields = parseJsonBody(body, 'a client check');
  return {
    clientId: textField(fields, 'clientId') ?? '',
    group: textField(fields, 'group') ?? '',
    subscriptionData: subscriptionDataFromJson(fields['subscriptionData']),
    namespace: textField(fields, 'namespace'),
  };
}
