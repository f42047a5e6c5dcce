// SPDX-License-Identifier: Apache-2.0
/**
 * Where a topic lives: the body of code 105, and BrokerData for 106.
 * Source: TopicRouteData, BrokerData, QueueData, TopicQueueMappingInfo; namesrv §4.4.
 */
import { encodeJsonBody } from './java-json.ts';
import {
  arrayField,
  booleanField,
  entriesField,
  int32Field,
  int64Field,
  isObject,
  objectOf,
  parseJsonBody,
  requiredText,
  textField,
  textOf,
} from './json-fields.ts';
import type { JavaJson, JavaJsonBean } from './json-value.ts';
import { PERM_READ_WRITE } from './perm.ts';

/** Id of a master in `brokerAddrs`; slaves are above. */
export const MASTER_ID = 0;

export interface QueueData {
  readonly brokerName: string;
  readonly readQueueNums: number;
  readonly writeQueueNums: number;
  readonly perm: number;
  readonly topicSysFlag: number;
}

export interface BrokerData {
  readonly cluster: string;
  readonly brokerName: string;
  /** Broker id → `host:port`. */
  readonly brokerAddrs: ReadonlyMap<number, string>;
  readonly zoneName: string | undefined;
  readonly enableActingMaster: boolean;
}

/** A static topic's logical queues on one broker. */
export interface TopicQueueMappingInfo {
  readonly topic: string;
  readonly scope: string;
  readonly totalQueues: number;
  readonly bname: string;
  readonly epoch: number;
  readonly dirty: boolean;
  /** Logical queue id → physical queue id. */
  readonly currIdMap: ReadonlyMap<number, number>;
}

export interface TopicRouteData {
  /** `broker-a:4;broker-b:4`, only with orderMessageEnable. */
  readonly orderTopicConf: string | undefined;
  readonly queueDatas: readonly QueueData[];
  readonly brokerDatas: readonly BrokerData[];
  /** Broker address → filter servers. */
  readonly filterServerTable: ReadonlyMap<string, readonly string[]>;
  /** Broker name → mapping, only for static topics. */
  readonly topicQueueMappingByBroker: ReadonlyMap<string, TopicQueueMappingInfo> | undefined;
}

/**
 * Shape: compact; `strict` quotes the integer keys of `brokerAddrs` and `currIdMap`, else they
 * are bare as Apache writes them for peers older than V4_9_4. All known clients read both.
 */
export function encodeTopicRouteData(route: TopicRouteData, strict: boolean): Uint8Array {
  return encodeJsonBody(topicRouteToJson(route), { quoteKeys: strict });
}

/** Errors: BODY_INVALID. */
export function decodeTopicRouteData(body: Uint8Array | undefined): TopicRouteData {
  const fields = parseJsonBody(body, 'a topic route');
  const mappings = fields['topicQueueMappingByBroker'];
  return {
    orderTopicConf: textField(fields, 'orderTopicConf'),
    queueDatas: arrayField(fields, 'queueDatas').map(queueDataFromJson),
    brokerDatas: arrayField(fields, 'brokerDatas').map(brokerDataFromJson),
    filterServerTable: new Map(
      entriesField(fields, 'filterServerTable').map(([address, servers]) => [
        address,
        Array.isArray(servers) ? servers.map(textOf).filter((text) => text !== undefined) : [],
      ]),
    ),
    topicQueueMappingByBroker: isObject(mappings)
      ? new Map(
          Object.entries(mappings).map(([name, info]) => [name, topicQueueMappingFromJson(info)]),
        )
      : undefined,
  };
}

function topicRouteToJson(route: TopicRouteData): JavaJsonBean {
  const mappings = route.topicQueueMappingByBroker;
  return {
    brokerDatas: route.brokerDatas.map(brokerDataToJson),
    filterServerTable: route.filterServerTable,
    orderTopicConf: route.orderTopicConf,
    queueDatas: route.queueDatas.map(queueDataToJson),
    topicQueueMappingByBroker:
      mappings === undefined
        ? undefined
        : new Map([...mappings].map(([name, info]) => [name, topicQueueMappingToJson(info)])),
  };
}

export function queueDataToJson(data: QueueData): JavaJsonBean {
  return {
    brokerName: data.brokerName,
    perm: data.perm,
    readQueueNums: data.readQueueNums,
    topicSysFlag: data.topicSysFlag,
    writeQueueNums: data.writeQueueNums,
  };
}

export function queueDataFromJson(value: JavaJson): QueueData {
  const fields = objectOf(value, 'a queue data');
  return {
    brokerName: requiredText(fields, 'brokerName', 'a queue data'),
    readQueueNums: int32Field(fields, 'readQueueNums', 0),
    writeQueueNums: int32Field(fields, 'writeQueueNums', 0),
    perm: int32Field(fields, 'perm', PERM_READ_WRITE),
    topicSysFlag: int32Field(fields, 'topicSysFlag', 0),
  };
}

export function brokerDataToJson(data: BrokerData): JavaJsonBean {
  return {
    brokerAddrs: data.brokerAddrs,
    brokerName: data.brokerName,
    cluster: data.cluster,
    enableActingMaster: data.enableActingMaster,
    zoneName: data.zoneName,
  };
}

export function brokerDataFromJson(value: JavaJson): BrokerData {
  const fields = objectOf(value, 'a broker data');
  return {
    cluster: textField(fields, 'cluster') ?? '',
    brokerName: requiredText(fields, 'brokerName', 'a broker data'),
    brokerAddrs: brokerAddrsFromJson(entriesField(fields, 'brokerAddrs')),
    zoneName: textField(fields, 'zoneName'),
    enableActingMaster: booleanField(fields, 'enableActingMaster', false),
  };
}

/** Ids that are no integers are dropped. */
export function brokerAddrsFromJson(
  entries: readonly (readonly [string, JavaJson])[],
): Map<number, string> {
  const addresses = new Map<number, string>();
  for (const [key, value] of entries) {
    const id = Number(key);
    const address = textOf(value);
    if (Number.isSafeInteger(id) && address !== undefined) addresses.set(id, address);
  }
  return addresses;
}

export function topicQueueMappingToJson(info: TopicQueueMappingInfo): JavaJsonBean {
  return {
    bname: info.bname,
    currIdMap: info.currIdMap,
    dirty: info.dirty,
    epoch: info.epoch,
    scope: info.scope,
    topic: info.topic,
    totalQueues: info.totalQueues,
  };
}

export function topicQueueMappingFromJson(value: JavaJson): TopicQueueMappingInfo {
  const fields = objectOf(value, 'a topic queue mapping');
  return {
    topic: requiredText(fields, 'topic', 'a topic queue mapping'),
    scope: textField(fields, 'scope') ?? '__global__',
    totalQueues: int32Field(fields, 'totalQueues', 0),
    bname: requiredText(fields, 'bname', 'a topic queue mapping'),
    epoch: int64Field(fields, 'epoch', 0),
    dirty: booleanField(fields, 'dirty', false),
    currIdMap: new Map(
      entriesField(fields, 'currIdMap').map(([key, id]) => [Number(key), Number(id)]),
    ),
  };
}
