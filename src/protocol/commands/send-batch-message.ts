// SPDX-License-Identifier: Apache-2.0
/**
 * Code 320, client to broker: several messages of one topic, header as code 310 with `m` true.
 * Body: message-batch.ts. The answer's msgId holds the ids in order, joined by commas.
 * Source: SendMessageRequestHeaderV2; remoting §2.3.1.
 */
import { RequestCode } from '../codes.ts';
import { sendMessageV2 } from './send-message-v2.ts';

export const sendBatchMessage = {
  code: RequestCode.SEND_BATCH_MESSAGE,
  request: sendMessageV2.request,
  response: sendMessageV2.response,
} as const;
