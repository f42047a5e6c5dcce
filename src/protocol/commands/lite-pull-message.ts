// SPDX-License-Identifier: Apache-2.0
/**
 * Code 361, client to broker: as code 11, sent by lite pull consumers, with its own permission
 * switch and queue at the broker. Source: PullMessageRequestHeader; remoting §2.4.
 */
import { RequestCode } from '../codes.ts';
import { pullMessage } from './pull-message.ts';

export const litePullMessage = {
  code: RequestCode.LITE_PULL_MESSAGE,
  request: pullMessage.request,
  response: pullMessage.response,
} as const;
