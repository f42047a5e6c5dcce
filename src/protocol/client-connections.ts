// SPDX-License-Identifier: Apache-2.0
/**
 * Who is connected: answers 203, 204 and 328. Source: ConsumerConnection, ProducerConnection,
 * ProducerTableInfo; admin §5.3.
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
  entriesField,
  enumField,
  int32Field,
  int64Field,
  objectOf,
  parseJsonBody,
  textField,
} from './json-fields.ts';
import type { JavaJson, JavaJsonBean } from './json-value.ts';
import { languageNames } from './remoting-command.ts';
import {
  type SubscriptionData,
  subscriptionDataFromJson,
  subscriptionDataToJson,
} from './subscription.ts';

export interface ClientConnection {
  readonly clientId: string;
  /** `host:port` of the client's end. */
  readonly clientAddr: string;
  readonly language: string;
  readonly version: number;
}

function connectionToJson(connection: ClientConnection): JavaJsonBean {
  return {
    clientAddr: connection.clientAddr,
    clientId: connection.clientId,
    language: knownLanguage(connection.language),
    version: connection.version,
  };
}

/** Tools look the name up in LanguageCode and fail on null. */
function knownLanguage(language: string): string {
  return languageNames.find((name) => name === language) ?? 'OTHER';
}

function connectionFromJson(value: JavaJson): ClientConnection {
  const fields = objectOf(value, 'a connection');
  return {
    clientId: textField(fields, 'clientId') ?? '',
    clientAddr: textField(fields, 'clientAddr') ?? '',
    language: textField(fields, 'language') ?? 'OTHER',
    version: int32Field(fields, 'version', 0),
  };
}

export interface ConsumerConnection {
  readonly connectionSet: readonly ClientConnection[];
  /** By topic. */
  readonly subscriptionTable: ReadonlyMap<string, SubscriptionData>;
  readonly consumeType: ConsumeType;
  readonly messageModel: MessageModel;
  readonly consumeFromWhere: ConsumeFromWhere;
}

export function encodeConsumerConnection(body: ConsumerConnection): Uint8Array {
  return encodeJsonBody({
    connectionSet: body.connectionSet.map(connectionToJson),
    consumeFromWhere: body.consumeFromWhere,
    consumeType: body.consumeType,
    messageModel: body.messageModel,
    subscriptionTable: new Map(
      [...body.subscriptionTable].map(([topic, data]) => [topic, subscriptionDataToJson(data)]),
    ),
  });
}

/** Errors: BODY_INVALID. */
export function decodeConsumerConnection(body: Uint8Array | undefined): ConsumerConnection {
  const fields = parseJsonBody(body, 'consumer connections');
  return {
    connectionSet: arrayField(fields, 'connectionSet').map(connectionFromJson),
    subscriptionTable: new Map(
      entriesField(fields, 'subscriptionTable').map(([topic, data]) => [
        topic,
        subscriptionDataFromJson(data),
      ]),
    ),
    consumeType: enumField(fields, 'consumeType', consumeTypes, 'CONSUME_PASSIVELY'),
    messageModel: enumField(fields, 'messageModel', messageModels, 'CLUSTERING'),
    consumeFromWhere: enumField(
      fields,
      'consumeFromWhere',
      consumeFromWheres,
      'CONSUME_FROM_LAST_OFFSET',
    ),
  };
}

export function encodeProducerConnection(connections: readonly ClientConnection[]): Uint8Array {
  return encodeJsonBody({ connectionSet: connections.map(connectionToJson) });
}

/** Errors: BODY_INVALID. */
export function decodeProducerConnection(body: Uint8Array | undefined): ClientConnection[] {
  return arrayField(parseJsonBody(body, 'producer connections'), 'connectionSet').map(
    connectionFromJson,
  );
}

export interface ProducerInfo {
  readonly clientId: string;
  readonly remoteIP: string;
  readonly language: string;
  readonly version: number;
  readonly lastUpdateTimestamp: number;
}

/** Answer 328: producers by group. */
export function encodeProducerTable(
  table: ReadonlyMap<string, readonly ProducerInfo[]>,
): Uint8Array {
  return encodeJsonBody({
    data: new Map(
      [...table].map(([group, producers]) => [
        group,
        producers.map((producer) => ({
          clientId: producer.clientId,
          language: knownLanguage(producer.language),
          lastUpdateTimestamp: producer.lastUpdateTimestamp,
          remoteIP: producer.remoteIP,
          version: producer.version,
        })),
      ]),
    ),
  });
}

/** Errors: BODY_INVALID. */
export function decodeProducerTable(body: Uint8Array | undefined): Map<string, ProducerInfo[]> {
  const table = new Map<string, ProducerInfo[]>();
  for (const [group, producers] of entriesField(parseJsonBody(body, 'a producer table'), 'data')) {
    if (!Array.isArray(producers)) continue;
    table.set(
      group,
      producers.map((item) => {
        const fields = objectOf(item, 'a producer');
        return {
          clientId: textField(fields, 'clientId') ?? '',
          remoteIP: textField(fields, 'remoteIP') ?? '',
          language: textField(fields, 'language') ?? 'OTHER',
          version: int32Field(fields, 'version', 0),
          lastUpdateTimestamp: int64Field(fields, 'lastUpdateTimestamp', 0),
        };
      }),
    );
  }
  return table;
}
