// SPDX-License-Identifier: Apache-2.0
/**
 * The body of a client's heartbeat, code 34. Read as Java, Go and C++ clients write it: enums by
 * name or ordinal, absent collections, versions as text. Source: HeartbeatData; remoting §2.5.1.
 */
import {
  type ConsumeFromWhere,
  type ConsumeType,
  consumeFromWheres,
  consumeTypes,
  type MessageModel,
  messageModels,
} from './consumer-enums.ts';
import { encodeJsonBody } from './java-json.ts';
import {
  arrayField,
  booleanField,
  enumField,
  int32Field,
  objectOf,
  parseJsonBody,
  requiredText,
  textField,
} from './json-fields.ts';
import type { JavaJson, JavaJsonBean } from './json-value.ts';
import {
  type SubscriptionData,
  subscriptionDataFromJson,
  subscriptionDataToJson,
} from './subscription.ts';

export interface ConsumerData {
  readonly groupName: string;
  readonly consumeType: ConsumeType;
  readonly messageModel: MessageModel;
  readonly consumeFromWhere: ConsumeFromWhere;
  readonly subscriptionDataSet: readonly SubscriptionData[];
  readonly unitMode: boolean;
}

export interface HeartbeatData {
  readonly clientID: string;
  readonly producerGroups: readonly string[];
  readonly consumerDataSet: readonly ConsumerData[];
  /** Not 0: heartbeat V2; opaque to the server. */
  readonly heartbeatFingerprint: number;
  /** V2: subscriptions are left out because they did not change. */
  readonly withoutSub: boolean;
}

export function encodeHeartbeatData(data: HeartbeatData): Uint8Array {
  return encodeJsonBody({
    clientID: data.clientID,
    consumerDataSet: data.consumerDataSet.map(consumerDataToJson),
    heartbeatFingerprint: data.heartbeatFingerprint,
    producerDataSet: data.producerGroups.map((groupName) => ({ groupName })),
    withoutSub: data.withoutSub,
  });
}

function consumerDataToJson(data: ConsumerData): JavaJsonBean {
  return {
    consumeFromWhere: data.consumeFromWhere,
    consumeType: data.consumeType,
    groupName: data.groupName,
    messageModel: data.messageModel,
    subscriptionDataSet: data.subscriptionDataSet.map(subscriptionDataToJson),
    unitMode: data.unitMode,
  };
}

/** Errors: BODY_INVALID. */
export function decodeHeartbeatData(body: Uint8Array | undefined): HeartbeatData {
  const fields = parseJsonBody(body, 'a heartbeat');
  return {
    clientID: requiredText(fields, 'clientID', 'a heartbeat'),
    producerGroups: arrayField(fields, 'producerDataSet').map((item) =>
      requiredText(objectOf(item, 'a producer'), 'groupName', 'a producer'),
    ),
    consumerDataSet: arrayField(fields, 'consumerDataSet').map(consumerDataFromJson),
    heartbeatFingerprint: int32Field(fields, 'heartbeatFingerprint', 0),
    withoutSub:
      textField(fields, 'withoutSub') !== undefined
        ? booleanField(fields, 'withoutSub', false)
        : booleanField(fields, 'isWithoutSub', false),
  };
}

function consumerDataFromJson(value: JavaJson): ConsumerData {
  const fields = objectOf(value, 'a consumer');
  return {
    groupName: requiredText(fields, 'groupName', 'a consumer'),
    consumeType: enumField(fields, 'consumeType', consumeTypes, 'CONSUME_PASSIVELY'),
    messageModel: enumField(fields, 'messageModel', messageModels, 'CLUSTERING'),
    consumeFromWhere: enumField(
      fields,
      'consumeFromWhere',
      consumeFromWheres,
      'CONSUME_FROM_LAST_OFFSET',
    ),
    subscriptionDataSet: arrayField(fields, 'subscriptionDataSet').map(subscriptionDataFromJson),
    unitMode: booleanField(fields, 'unitMode', false),
  };
}
