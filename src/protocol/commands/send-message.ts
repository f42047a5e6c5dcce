// SPDX-License-Identifier: Apache-2.0
/**
 * Code 10, client to broker: one message, or a batch when `batch`. Body: the message body.
 * `queueId` below 0 lets the broker choose. Source: SendMessageRequestHeader; remoting §2.3.1.
 */
import { RequestCode } from '../codes.ts';
import { type HeaderOf, headerFields, optional, required } from '../header-fields.ts';

export const sendMessage = {
  code: RequestCode.SEND_MESSAGE,
  request: headerFields({
    producerGroup: required.text,
    topic: required.text,
    defaultTopic: required.text,
    defaultTopicQueueNums: required.int32,
    queueId: required.int32,
    sysFlag: required.int32,
    bornTimestamp: required.int64,
    flag: required.int32,
    properties: optional.text,
    reconsumeTimes: optional.int32,
    unitMode: optional.boolean,
    maxReconsumeTimes: optional.int32,
    batch: optional.boolean,
    bname: optional.text,
  }),
  response: headerFields({
    msgId: required.text,
    queueId: required.int32,
    queueOffset: required.int64,
    transactionId: optional.text,
    batchUniqId: optional.text,
    recallHandle: optional.text,
    MSG_REGION: optional.text,
    TRACE_ON: optional.text,
  }),
} as const;

export type SendMessageHeader = HeaderOf<typeof sendMessage.request.shape>;
