// SPDX-License-Identifier: Apache-2.0
/**
 * Code 318, admin to name server: change settings. Body: Java properties text, UTF-8.
 * Source: namesrv §4.13.
 */
import { RequestCode } from '../codes.ts';
import { headerFields } from '../header-fields.ts';

export const updateNamesrvConfig = {
  code: RequestCode.UPDATE_NAMESRV_CONFIG,
  request: headerFields({}),
  response: headerFields({}),
} as const;
