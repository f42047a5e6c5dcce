// SPDX-License-Identifier: Apache-2.0
/**
 * Code 26, admin to broker: every setting. Body: `key=value` lines; `version` is DataVersion JSON.
 * Source: GetBrokerConfigResponseHeader; admin §3.7.
 */
import { RequestCode } from '../codes.ts';
import { headerFields, optional } from '../header-fields.ts';

export const getBrokerConfig = {
  code: RequestCode.GET_BROKER_CONFIG,
  request: headerFields({}),
  response: headerFields({
    version: optional.text,
  }),
} as const;
