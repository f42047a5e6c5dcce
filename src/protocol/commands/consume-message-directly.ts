// SPDX-License-Identifier: Apache-2.0
/**
 * Code 309, admin to broker to client: consume this one message now. Body to the client: the stored
 * record. Source: ConsumeMessageDirectlyResultRequestHeader; remoting §2.7.5.
 */
import { RequestCode } from '../codes.ts';
import { type ConsumeResult, consumeResults } from '../consumer-enums.ts';
import { headerFields, optional, required } from '../header-fields.ts';
import { encodeJsonBody } from '../java-json.ts';
import { booleanField, enumField, int64Field, parseJsonBody, textField } from '../json-fields.ts';

export const consumeMessageDirectly = {
  code: RequestCode.CONSUME_MESSAGE_DIRECTLY,
  request: headerFields({
    consumerGroup: required.text,
    clientId: optional.text,
    msgId: optional.text,
    brokerName: optional.text,
    topic: optional.text,
    topicSysFlag: optional.int32,
    groupSysFlag: optional.int32,
  }),
  response: headerFields({}),
} as const;

export interface ConsumeMessageDirectlyResult {
  readonly order: boolean;
  readonly autoCommit: boolean;
  readonly consumeResult: ConsumeResult;
  readonly remark?: string | undefined;
  readonly spentTimeMills: number;
}

export function encodeConsumeMessageDirectlyResult(
  result: ConsumeMessageDirectlyResult,
): Uint8Array {
  return encodeJsonBody({
    autoCommit: result.autoCommit,
    consumeResult: result.consumeResult,
    order: result.order,
    remark: result.remark,
    spentTimeMills: result.spentTimeMills,
  });
}

/** Errors: BODY_INVALID. */
export function decodeConsumeMessageDirectlyResult(
  body: Uint8Array | undefined,
): ConsumeMessageDirectlyResult {
  const fields = parseJsonBody(body, 'a consume result');
  return {
    order: booleanField(fields, 'order', false),
    autoCommit: booleanField(fields, 'autoCommit', true),
    consumeResult: enumField(fields, 'consumeResult', consumeResults, 'CR_RETURN_NULL'),
    remark: textField(fields, 'remark'),
    spentTimeMills: int64Field(fields, 'spentTimeMills', 0),
  };
}
