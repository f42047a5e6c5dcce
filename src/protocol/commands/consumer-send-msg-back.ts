// SPDX-License-Identifier: Apache-2.0
/**
 * Code 36, client to broker: deliver a message again later. `offset` is its commit-log offset;
 * `delayLevel` -1 goes to the dead-letter topic, 0 lets the broker decide.
 * Source: ConsumerSendMsgBackRequestHeader; remoting §2.3.2.
 */
import { RequestCode } from '../codes.ts';
import { headerFields, optional, required } from '../header-fields.ts';

export const consumerSendMsgBack = {
  code: RequestCode.CONSUMER_SEND_MSG_BACK,
  request: headerFields({
    offset: required.int64,
    group: required.text,
    delayLevel: required.int32,
    originMsgId: optional.text,
    originTopic: optional.text,
    unitMode: optional.boolean,
    maxReconsumeTimes: optional.int32,
    bname: optional.text,
  }),
  response: headerFields({}),
} as const;
