// SPDX-License-Identifier: Apache-2.0
/**
 * Code 319, admin to name server: every setting. Body: Java properties text, UTF-8.
 * Source: namesrv §4.13.
 */
import { RequestCode } from '../codes.ts';
import { headerFields } from '../header-fields.ts';

export const getNamesrvConfig = {
  code: RequestCode.GET_NAMESRV_CONFIG,
  request: headerFields({}),
  response: headerFields({}),
} as const;
