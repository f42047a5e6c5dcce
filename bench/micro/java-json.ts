// SPDX-License-Identifier: Apache-2.0
/** Bodies in Java's JSON: what JSON.parse cannot read or would read with loss. */
import { decodeHeartbeatData } from '../../src/protocol/heartbeat-data.ts';
import { encodeJsonBody, parseJavaJson } from '../../src/protocol/java-json.ts';
import { decodeTopicRouteData, encodeTopicRouteData } from '../../src/protocol/topic-route.ts';
import type { MicroCase } from './micro-case.ts';

const encoder = new TextEncoder();

const routeText =
  '{"brokerDatas":[{"brokerAddrs":{0:"127.0.0.1:10911",1:"127.0.0.1:11911"},' +
  '"brokerName":"broker-a","cluster":"DefaultCluster","enableActingMaster":false}],' +
  '"filterServerTable":{},"queueDatas":[{"brokerName":"broker-a","perm":6,"readQueueNums":8,' +
  '"topicSysFlag":0,"writeQueueNums":8}]}';
const heartbeatText =
  '{"clientID":"192.0.2.2@4711#1","consumerDataSet":[{"consumeFromWhere":' +
  '"CONSUME_FROM_LAST_OFFSET","consumeType":"CONSUME_PASSIVELY","groupName":"orders",' +
  '"messageModel":"CLUSTERING","subscriptionDataSet":[{"classFilterMode":false,' +
  '"codeSet":[2598919],"expressionType":"TAG","subString":"TagA","subVersion":1700000000000,' +
  '"tagsSet":["TagA"],"topic":"TopicTest"}],"unitMode":false}],"heartbeatFingerprint":0,' +
  '"producerDataSet":[{"groupName":"CLIENT_INNER_PRODUCER"}],"withoutSub":false}';
const route = encoder.encode(routeText);
const heartbeat = encoder.encode(heartbeatText);
const decodedRoute = decodeTopicRouteData(route);
const offsets = {
  offsetTable: Object.fromEntries(
    Array.from({ length: 64 }, (_, i) => [`TopicTest@group-${i}`, { '0': i, '1': i * 7 }]),
  ),
};
const offsetBytes = encodeJsonBody(offsets);

export const javaJsonCases: readonly MicroCase[] = [
  { name: 'decode a route', run: () => decodeTopicRouteData(route), target: 12 },
  { name: 'encode a route', run: () => encodeTopicRouteData(decodedRoute, false), target: 12 },
  { name: 'decode a heartbeat', run: () => decodeHeartbeatData(heartbeat), target: 20 },
  { name: 'parse 64 groups of offsets', run: () => parseJavaJson(offsetBytes), target: 80 },
  { name: 'write 64 groups of offsets', run: () => encodeJsonBody(offsets), target: 60 },
];
