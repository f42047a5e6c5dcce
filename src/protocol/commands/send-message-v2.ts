// SPDX-License-Identifier: Apache-2.0
/**
 * Code 310, client to broker: as code 10 with one-letter names, which JSON headers write faster.
 * Source: SendMessageRequestHeaderV2; remoting §2.3.1.
 */
import { RequestCode } from '../codes.ts';
import {
  type HeaderInput,
  type HeaderOf,
  headerFields,
  optional,
  required,
} from '../header-fields.ts';
import type { RemotingCommand } from '../remoting-command.ts';
import { type SendMessageHeader, sendMessage } from './send-message.ts';

export const sendMessageV2 = {
  code: RequestCode.SEND_MESSAGE_V2,
  request: headerFields({
    a: required.text,
    b: required.text,
    c: required.text,
    d: required.int32,
    e: required.int32,
    f: required.int32,
    g: required.int64,
    h: required.int32,
    i: optional.text,
    j: optional.int32,
    k: optional.boolean,
    l: optional.int32,
    m: optional.boolean,
    n: optional.text,
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

export type SendMessageV2Header = HeaderOf<typeof sendMessageV2.request.shape>;
export type SendMessageV2Input = HeaderInput<typeof sendMessageV2.request.shape>;
export type SendMessageInput = HeaderInput<typeof sendMessage.request.shape>;

/** The same header under the names of code 10. */
export function fromSendMessageV2(header: SendMessageV2Header): SendMessageHeader {
  return {
    producerGroup: header.a,
    topic: header.b,
    defaultTopic: header.c,
    defaultTopicQueueNums: header.d,
    queueId: header.e,
    sysFlag: header.f,
    bornTimestamp: header.g,
    flag: header.h,
    properties: header.i,
    reconsumeTimes: header.j,
    unitMode: header.k,
    maxReconsumeTimes: header.l,
    batch: header.m,
    bname: header.n,
  };
}

/** The header of code 10 under the short names. */
export function toSendMessageV2(header: SendMessageInput): SendMessageV2Input {
  return {
    a: header.producerGroup,
    b: header.topic,
    c: header.defaultTopic,
    d: header.defaultTopicQueueNums,
    e: header.queueId,
    f: header.sysFlag,
    g: header.bornTimestamp,
    h: header.flag,
    i: header.properties,
    j: header.reconsumeTimes,
    k: header.unitMode,
    l: header.maxReconsumeTimes,
    m: header.batch,
    n: header.bname,
  };
}

/**
 * The send header of a request of code 10, 310 or 320.
 * Errors: HEADER_FIELD naming the field by the name that this code gives it.
 */
export function decodeSendMessageHeader(request: RemotingCommand): SendMessageHeader {
  return request.code === RequestCode.SEND_MESSAGE
    ? sendMessage.request.decode(request.extFields)
    : fromSendMessageV2(sendMessageV2.request.decode(request.extFields));
}
