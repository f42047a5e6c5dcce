// SPDX-License-Identifier: Apache-2.0
/**
 * Every broker and cluster a name server knows: answer 106. Integer keys stay bare, as Apache
 * writes them whatever the client's version. Source: ClusterInfo; namesrv §4.5.
 */
import { encodeJsonBody } from './java-json.ts';
import { entriesField, parseJsonBody, textOf } from './json-fields.ts';
import { type BrokerData, brokerDataFromJson, brokerDataToJson } from './topic-route.ts';

export interface ClusterInfo {
  readonly brokerAddrTable: ReadonlyMap<string, BrokerData>;
  /** Cluster name → broker names. */
  readonly clusterAddrTable: ReadonlyMap<string, readonly string[]>;
}

export function encodeClusterInfo(info: ClusterInfo): Uint8Array {
  return encodeJsonBody({
    brokerAddrTable: new Map(
      [...info.brokerAddrTable].map(([name, data]) => [name, brokerDataToJson(data)]),
    ),
    clusterAddrTable: info.clusterAddrTable,
  });
}

/** Errors: BODY_INVALID. */
export function decodeClusterInfo(body: Uint8Array | undefined): ClusterInfo {
  const fields = parseJsonBody(body, 'a cluster info');
  return {
    brokerAddrTable: new Map(
      entriesField(fields, 'brokerAddrTable').map(([name, data]) => [
        name,
        brokerDataFromJson(data),
      ]),
    ),
    clusterAddrTable: new Map(
      entriesField(fields, 'clusterAddrTable').map(([name, brokers]) => [
        name,
        Array.isArray(brokers) ? brokers.map(textOf).filter((text) => text !== undefined) : [],
      ]),
    ),
  };
}
