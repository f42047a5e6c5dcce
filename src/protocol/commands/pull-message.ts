// SPDX-License-Identifier: Apache-2.0
/**
 * Code 11, client to broker: messages of a queue from an offset on. `sysFlag` holds PullSysFlag.
 * `subVersion` keeps 64 bits: Go sends nanoseconds. Answer body: records of message-record.ts.
 * Source: PullMessageRequestHeader, PullMessageResponseHeader; remoting §2.4.
 */
import { RequestCode } from '../codes.ts';
import {
  type HeaderInput,
  type HeaderOf,
  headerFields,
  optional,
  required,
} from '../header-fields.ts';

export const pullMessage = {
  code: RequestCode.PULL_MESSAGE,
  request: headerFields({
    consumerGroup: required.text,
    topic: required.text,
    queueId: required.int32,
    queueOffset: required.int64,
    maxMsgNums: required.int32,
    sysFlag: required.int32,
    commitOffset: required.int64,
    suspendTimeoutMillis: required.int64,
    subscription: optional.text,
    subVersion: required.bigint64,
    expressionType: optional.text,
    maxMsgBytes: optional.int32,
    requestSource: optional.int32,
    proxyFrowardClientId: optional.text,
    liteTopic: optional.text,
    bname: optional.text,
  }),
  response: headerFields({
    suggestWhichBrokerId: required.int64,
    nextBeginOffset: required.int64,
    minOffset: required.int64,
    maxOffset: required.int64,
    offsetDelta: optional.int64,
    topicSysFlag: optional.int32,
    groupSysFlag: optional.int32,
    forbiddenType: optional.int32,
  }),
} as const;

export type PullMessageHeader = HeaderOf<typeof pullMessage.request.shape>;
export type PullMessageResponse = HeaderInput<typeof pullMessage.response.shape>;

/** `forbiddenType` of an answer NO_PERMISSION. */
export const ForbiddenType = {
  BROKER: 1,
  GROUP: 2,
  TOPIC: 3,
  BROADCASTING: 4,
  SUBSCRIPTION: 5,
} as const;
