// SPDX-License-Identifier: Apache-2.0
/**
 * Goal: JSON bodies are Apache's texts and are read as every official client writes them. Method:
 * the samples of namesrv §4, admin §5 and remoting §2, round trips, and wrong types, which must be
 * BODY_INVALID.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApogeeError } from '../../../src/core/errors.ts';
import {
  decodeConsumerConnection,
  decodeProducerTable,
  encodeConsumerConnection,
  encodeProducerTable,
} from '../../../src/protocol/client-connections.ts';
import { decodeClusterInfo, encodeClusterInfo } from '../../../src/protocol/cluster-info.ts';
import { compareDataVersions, nextDataVersion } from '../../../src/protocol/data-version.ts';
import { decodeHeartbeatData, encodeHeartbeatData } from '../../../src/protocol/heartbeat-data.ts';
import { decodeKvTable, encodeKvTable } from '../../../src/protocol/kv-table.ts';
import {
  decodeLockBatchBody,
  decodeLockOkQueues,
  encodeLockBatchBody,
  encodeLockOkQueues,
} from '../../../src/protocol/lock-batch-body.ts';
import { compareMessageQueues } from '../../../src/protocol/message-queue.ts';
import {
  decodeConsumeStats,
  decodeOffsetTable,
  decodeTopicStats,
  encodeConsumeStats,
  encodeOffsetList,
  encodeOffsetTable,
  encodeTopicStats,
} from '../../../src/protocol/queue-statistics.ts';
import {
  decodeSubscriptionGroupConfig,
  encodeSubscriptionGroupConfig,
  newSubscriptionGroupConfig,
} from '../../../src/protocol/subscription-group-config.ts';
import {
  equalTopicConfigs,
  newTopicConfig,
  topicConfigFromLine,
  topicConfigToLine,
} from '../../../src/protocol/topic-config.ts';
import { decodeTopicList, encodeTopicList } from '../../../src/protocol/topic-list.ts';
import { decodeTopicRouteData, encodeTopicRouteData } from '../../../src/protocol/topic-route.ts';
import { textOf, utf8 } from '../../helpers/bytes.ts';

const isBodyInvalid = (error: unknown): boolean =>
  error instanceof ApogeeError && error.code === 'BODY_INVALID';

const mq = { topic: 'T', brokerName: 'b', queueId: 1 };

const route =
  '{"brokerDatas":[{"brokerAddrs":{"0":"1.1.1.1:10911","1":"1.1.1.2:10911"},' +
  '"brokerName":"broker-a","cluster":"DefaultCluster","enableActingMaster":true,' +
  '"zoneName":"z1"}],"filterServerTable":{"1.1.1.1:10911":["f:1"]},' +
  '"orderTopicConf":"broker-a:4;broker-b:4","queueDatas":[{"brokerName":"broker-a","perm":6,' +
  '"readQueueNums":8,"topicSysFlag":0,"writeQueueNums":8}],' +
  '"topicQueueMappingByBroker":{"broker-a":{"bname":"broker-a","currIdMap":{"0":0,"1":3},' +
  '"dirty":false,"epoch":123,"scope":"__global__","topic":"T","totalQueues":4}}}';

test('a route, strict and with bare keys, both ways', () => {
  const bare = route.replace(/"(\d+)":/g, '$1:');
  assert.equal(textOf(encodeTopicRouteData(decodeTopicRouteData(utf8(bare)), true)), route);
  assert.equal(textOf(encodeTopicRouteData(decodeTopicRouteData(utf8(route)), false)), bare);
  const plain = decodeTopicRouteData(utf8('{"brokerDatas":[],"queueDatas":null}'));
  assert.equal(
    textOf(encodeTopicRouteData(plain, true)),
    '{"brokerDatas":[],"filterServerTable":{},"queueDatas":[]}',
  );
});

test('tables of a name server, both ways', () => {
  const cluster =
    '{"brokerAddrTable":{"broker-a":{"brokerAddrs":{0:"1.1.1.1:10911",1:"1.1.1.2:10911"},' +
    '"brokerName":"broker-a","cluster":"DefaultCluster","enableActingMaster":true,' +
    '"zoneName":"z1"}},"clusterAddrTable":{"DefaultCluster":["broker-a"]}}';
  assert.equal(textOf(encodeClusterInfo(decodeClusterInfo(utf8(cluster)))), cluster);
  const kv = '{"table":{"T":"broker-a:4;broker-b:4"}}';
  assert.equal(textOf(encodeKvTable(decodeKvTable(utf8(kv)))), kv);
  const topics = '{"brokerAddr":"1.1.1.1:10911","topicList":["A","B"]}';
  assert.equal(textOf(encodeTopicList(decodeTopicList(utf8(topics)))), topics);
  assert.equal(textOf(encodeTopicList({ topicList: [] })), '{"topicList":[]}');
});

test('a heartbeat of the Java client, both ways', () => {
  const java =
    '{"clientID":"10.0.0.9@12345#678","consumerDataSet":[{' +
    '"consumeFromWhere":"CONSUME_FROM_LAST_OFFSET","consumeType":"CONSUME_PASSIVELY",' +
    '"groupName":"CG","messageModel":"CLUSTERING","subscriptionDataSet":[{' +
    '"classFilterMode":false,"codeSet":[65,66],"expressionType":"TAG","subString":"A || B",' +
    '"subVersion":1700000000000,"tagsSet":["A","B"],"topic":"T"}],"unitMode":false}],' +
    '"heartbeatFingerprint":0,"producerDataSet":[{"groupName":"PG"}],"withoutSub":false}';
  assert.equal(textOf(encodeHeartbeatData(decodeHeartbeatData(utf8(java)))), java);
});

test('heartbeats of the C++ and Go clients', () => {
  const cpp = decodeHeartbeatData(
    utf8(
      '{"clientID":"c","consumerDataSet":[{"consumeFromWhere":4,"consumeType":1,' +
        '"groupName":"G","messageModel":0,"subscriptionDataSet":[{"subString":"*",' +
        '"subVersion":"1700000000000","topic":"T"}]}]}\n',
    ),
  );
  const consumer = cpp.consumerDataSet[0];
  assert.equal(consumer?.consumeFromWhere, 'CONSUME_FROM_FIRST_OFFSET');
  assert.equal(consumer?.consumeType, 'CONSUME_PASSIVELY');
  assert.equal(consumer?.messageModel, 'BROADCASTING');
  assert.deepEqual(cpp.producerGroups, []);
  assert.deepEqual(consumer?.subscriptionDataSet, [
    {
      topic: 'T',
      subString: '*',
      tagsSet: [],
      codeSet: [],
      subVersion: 1_700_000_000_000n,
      expressionType: 'TAG',
      classFilterMode: false,
    },
  ]);
  const go = decodeHeartbeatData(
    utf8(
      '{"clientID":"g","consumerDataSet":[{"groupName":"G","subscriptionDataSet":[{' +
        '"codeSet":["2598919"],"subVersion":1700000000000000001,"tagsSet":["TagA"],' +
        '"topic":"T","subString":"TagA"}]}]}',
    ),
  );
  const subscription = go.consumerDataSet[0]?.subscriptionDataSet[0];
  assert.deepEqual(subscription?.codeSet, [2_598_919]);
  assert.equal(subscription?.subVersion, 1_700_000_000_000_000_001n);
  assert.match(textOf(encodeHeartbeatData(go)), /"subVersion":1700000000000000001,/);
});

test('tables by queue use object keys', () => {
  const key = '{"brokerName":"b","queueId":1,"topic":"T"}';
  const offsets = `{"offsetTable":{${key}:9}}`;
  assert.deepEqual(decodeOffsetTable(utf8(offsets)), [[mq, 9]]);
  assert.equal(textOf(encodeOffsetTable([[mq, 9]])), offsets);
  assert.equal(textOf(encodeOffsetTable([])), '{"offsetTable":{}}');
  const list = '{"offsetTable":[{"brokerName":"b","offset":9,"queueId":1,"topic":"T"}]}';
  assert.equal(textOf(encodeOffsetList([[mq, 9]])), list);
  assert.deepEqual(decodeOffsetTable(utf8(list)), [[mq, 9]]);
  const topic = { minOffset: 0, maxOffset: 5, lastUpdateTimestamp: 1 };
  const topicText =
    `{"offsetTable":{${key}:{"lastUpdateTimestamp":1,"maxOffset":5,"minOffset":0}},` +
    '"topicPutTps":1.5}';
  assert.equal(
    textOf(encodeTopicStats({ offsetTable: [[mq, topic]], topicPutTps: 1.5 })),
    topicText,
  );
  assert.deepEqual(decodeTopicStats(utf8(topicText)).offsetTable, [[mq, topic]]);
  const consume = { brokerOffset: 5, consumerOffset: 3, pullOffset: 4, lastTimestamp: 1 };
  const consumeText =
    `{"consumeTps":0.0,"offsetTable":{${key}:{"brokerOffset":5,"consumerOffset":3,` +
    '"lastTimestamp":1,"pullOffset":4}}}';
  const stats = { offsetTable: [[mq, consume]] as const, consumeTps: 0 };
  assert.equal(textOf(encodeConsumeStats(stats)), consumeText);
  assert.deepEqual(decodeConsumeStats(utf8(consumeText)).offsetTable, [[mq, consume]]);
});

test('the lock vectors, both ways', () => {
  const queue = '{"brokerName":"b-a","queueId":1,"topic":"T"}';
  const request = `{"clientId":"c","consumerGroup":"g","mqSet":[${queue}],"onlyThisBroker":false}`;
  assert.equal(textOf(encodeLockBatchBody(decodeLockBatchBody(utf8(request)))), request);
  const answer = `{"lockOKMQSet":[${queue}]}`;
  assert.equal(textOf(encodeLockOkQueues(decodeLockOkQueues(utf8(answer)))), answer);
});

test('a group is the sample of Apache, both ways', () => {
  const text =
    '{"attributes":{},"brokerId":0,"consumeBroadcastEnable":true,"consumeEnable":true,' +
    '"consumeFromMinEnable":true,"consumeMessageOrderly":false,"consumeTimeoutMinute":15,' +
    '"groupName":"g","groupRetryPolicy":{"type":"CUSTOMIZED"},"groupSysFlag":0,' +
    '"notifyConsumerIdsChangedEnable":true,"retryMaxTimes":16,"retryQueueNums":1,' +
    '"whichBrokerWhenConsumeSlowly":1}';
  assert.equal(textOf(encodeSubscriptionGroupConfig(newSubscriptionGroupConfig('g'))), text);
  const changed = text.replace('"retryMaxTimes":16', '"retryMaxTimes":3');
  const decoded = decodeSubscriptionGroupConfig(utf8(changed));
  assert.equal(decoded.retryMaxTimes, 3);
  assert.equal(textOf(encodeSubscriptionGroupConfig(decoded)), changed);
});

test('connections name a language that tools know', () => {
  const text =
    '{"connectionSet":[{"clientAddr":"1.2.3.4:5","clientId":"c","language":"JAVA",' +
    '"version":513}],"consumeFromWhere":"CONSUME_FROM_LAST_OFFSET",' +
    '"consumeType":"CONSUME_PASSIVELY","messageModel":"CLUSTERING","subscriptionTable":{}}';
  const decoded = decodeConsumerConnection(utf8(text));
  assert.equal(textOf(encodeConsumerConnection(decoded)), text);
  const connection = { clientId: 'c', clientAddr: 'a', language: 'KOTLIN', version: 1 };
  assert.match(
    textOf(encodeConsumerConnection({ ...decoded, connectionSet: [connection] })),
    /"language":"OTHER"/,
  );
  const producers =
    '{"data":{"PG":[{"clientId":"c","language":"GO","lastUpdateTimestamp":1,' +
    '"remoteIP":"1.2.3.4:5","version":317}]}}';
  assert.equal(textOf(encodeProducerTable(decodeProducerTable(utf8(producers)))), producers);
});

test('topics called like members of Object are only topics', () => {
  const hostile = '{"table":{"__proto__":"a","constructor":"b","toString":"c"}}';
  const table = decodeKvTable(utf8(hostile));
  assert.deepEqual([...table.keys()], ['__proto__', 'constructor', 'toString']);
  assert.equal(textOf(encodeKvTable(table)), hostile);
});

test('a topic as a line of a compressed registration', () => {
  const line = 'T1 8 8 6 SINGLE_TAG {"message.type":"FIFO"}';
  const config = topicConfigFromLine(line);
  assert.equal(topicConfigToLine(config), line);
  assert.ok(equalTopicConfigs(config, newTopicConfig('T1', { ...config })));
  assert.equal(topicConfigFromLine('T1 8 8 6 MULTI_TAG').topicFilterType, 'MULTI_TAG');
  for (const bad of ['', 'T1', 'T1 8 8 6', 'T1 8 x 6 SINGLE_TAG', 'T1 8 8 6 NO_TAG']) {
    assert.throws(() => topicConfigFromLine(bad), isBodyInvalid, bad);
  }
});

test('orders of queues and of versions', () => {
  const queues = [
    { topic: 'b', brokerName: 'a', queueId: 0 },
    { topic: 'a', brokerName: 'b', queueId: 0 },
    { topic: 'a', brokerName: 'a', queueId: 10 },
    { topic: 'a', brokerName: 'a', queueId: 9 },
  ];
  assert.deepEqual(
    queues.sort(compareMessageQueues).map((q) => `${q.topic}${q.brokerName}${q.queueId}`),
    ['aa9', 'aa10', 'ab0', 'ba0'],
  );
  const base = { stateVersion: 1, timestamp: 5, counter: 3 };
  assert.ok(compareDataVersions(base, { ...base, stateVersion: 2, counter: 0 }) < 0);
  assert.ok(compareDataVersions(base, { ...base, counter: 2, timestamp: 9 }) > 0);
  assert.deepEqual(nextDataVersion(base, 7), { stateVersion: 0, timestamp: 7, counter: 4 });
});

test('bodies of the wrong type name what is wrong', () => {
  const cases: readonly (readonly [string, (body: Uint8Array) => unknown, RegExp])[] = [
    ['', decodeHeartbeatData, /a heartbeat: the body is empty/],
    ['[]', decodeHeartbeatData, /a heartbeat is not a JSON object/],
    ['{}', decodeHeartbeatData, /a heartbeat lacks clientID/],
    ['{"clientID":"c","consumerDataSet":[1]}', decodeHeartbeatData, /a consumer is not/],
    ['{"mqSet":[]}', decodeLockBatchBody, /lacks consumerGroup/],
    ['{"offsetTable":{"x":1}}', decodeOffsetTable, /not a message queue: x/],
    ['{"offsetTable":{{"topic":"T"}:1}}', decodeOffsetTable, /lacks brokerName/],
    [
      '{"queueDatas":[{"brokerName":"b","perm":"x"}]}',
      decodeTopicRouteData,
      /perm is not a number/,
    ],
    ['{"queueDatas":[{"brokerName":"b","perm":2147483648}]}', decodeTopicRouteData, /perm is not/],
  ];
  for (const [text, decode, message] of cases) {
    assert.throws(
      () => decode(utf8(text)),
      (error) => isBodyInvalid(error) && message.test((error as Error).message),
      text,
    );
  }
});
