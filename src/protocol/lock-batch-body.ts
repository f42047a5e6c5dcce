// SPDX-License-Identifier: Apache-2.0
/**
 * Bodies of 41 and 42: queues that an orderly consumer locks, and those it got.
 * Source: LockBatchRequestBody, UnlockBatchRequestBody, LockBatchResponseBody; remoting §8.4.
 */
import { encodeJsonBody } from './java-json.ts';
import { arrayField, booleanField, parseJsonBody, requiredText } from './json-fields.ts';
import { type MessageQueue, messageQueueFromJson, messageQueueToJson } from './message-queue.ts';

export interface LockBatchBody {
  readonly consumerGroup: string;
  readonly clientId: string;
  readonly onlyThisBroker: boolean;
  readonly mqSet: readonly MessageQueue[];
}

export function encodeLockBatchBody(body: LockBatchBody): Uint8Array {
  return encodeJsonBody({
    clientId: body.clientId,
    consumerGroup: body.consumerGroup,
    mqSet: body.mqSet.map(messageQueueToJson),
    onlyThisBroker: body.onlyThisBroker,
  });
}

/** Errors: BODY_INVALID. */
export function decodeLockBatchBody(body: Uint8Array | undefined): LockBatchBody {
  const fields = parseJsonBody(body, 'a lock request');
  return {
    consumerGroup: requiredText(fields, 'consumerGroup', 'a lock request'),
    clientId: requiredText(fields, 'clientId', 'a lock request'),
    onlyThisBroker: booleanField(fields, 'onlyThisBroker', false),
    mqSet: arrayField(fields, 'mqSet').map(messageQueueFromJson),
  };
}

/** `{"lockOKMQSet":[…]}` */
export function encodeLockOkQueues(queues: readonly MessageQueue[]): Uint8Array {
  return encodeJsonBody({ lockOKMQSet: queues.map(messageQueueToJson) });
}

/** Errors: BODY_INVALID. */
export function decodeLockOkQueues(body: Uint8Array | undefined): MessageQueue[] {
  return arrayField(parseJsonBody(body, 'a lock answer'), 'lockOKMQSet').map(messageQueueFromJson);
}
