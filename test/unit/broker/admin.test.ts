// SPDX-License-Identifier: Apache-2.0
/**
 * Goal: what mqadmin and the console ask is answered in the shape they parse.
 * Method: a broker in memory; bodies are decoded with the protocol's own decoders.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  decodeConsumerConnection,
  decodeProducerConnection,
  decodeProducerTable,
} from '../../../src/protocol/client-connections.ts';
import { RequestCode, ResponseCode } from '../../../src/protocol/codes.ts';
import { decodeTopicConfig } from '../../../src/protocol/commands/get-topic-config.ts';
import { decodeGroupList } from '../../../src/protocol/commands/query-topic-consume-by-who.ts';
import { encodeSubscriptionGroupList } from '../../../src/protocol/commands/update-and-create-subscriptiongroup-list.ts';
import { updateAndCreateTopic } from '../../../src/protocol/commands/update-and-create-topic.ts';
import { encodeTopicConfigList } from '../../../src/protocol/commands/update-and-create-topic-list.ts';
import { dataVersionToJson } from '../../../src/protocol/data-version.ts';
import { stringifyJavaJson } from '../../../src/protocol/java-json.ts';
import { decodeKvTable } from '../../../src/protocol/kv-table.ts';
import { decodeConsumeStats, decodeTopicStats } from '../../../src/protocol/queue-statistics.ts';
import {
  decodeSubscriptionGroupConfig,
  decodeSubscriptionGroupTable,
  encodeSubscriptionGroupConfig,
  newSubscriptionGroupConfig,
} from '../../../src/protocol/subscription-group-config.ts';
import { newTopicConfig } from '../../../src/protocol/topic-config.ts';
import { decodeTopicConfigTable } from '../../../src/protocol/topic-config-table.ts';
import { decodeTopicList } from '../../../src/protocol/topic-list.ts';
import { startTestBroker, type TestBroker } from '../../helpers/test-broker.ts';

interface TopicWish {
  readonly topic: string;
  readonly readQueueNums?: number;
  readonly perm?: number;
  readonly attributes?: string;
  readonly topicFilterType?: string;
}

function updateTopic(broker: TestBroker, wish: TopicWish) {
  const fields = updateAndCreateTopic.request.encode({
    defaultTopic: 'TBW102',
    readQueueNums: 8,
    writeQueueNums: 8,
    perm: 6,
    topicFilterType: 'SINGLE_TAG',
    topicSysFlag: 0,
    order: false,
    ...wish,
  });
  return broker.client.call(updateAndCreateTopic.code, fields);
}

test('a topic is created durably, changed, shown and deleted with all it had', async () => {
  const broker = await startTestBroker();
  const created = await updateTopic(broker, { topic: 'T', attributes: '+message.type=FIFO' });
  assert.equal(created.code, ResponseCode.SUCCESS);
  assert.match(broker.files.text('store/config/topics.json') ?? '', /"message.type":"FIFO"/);
  assert.equal(broker.memory.topics.get('T')?.writeQueueNums, 8);
  const version = broker.controller.services.topics.dataVersion;
  // What is stored already changes nothing.
  await updateTopic(broker, { topic: 'T', attributes: '+message.type=FIFO' });
  assert.deepEqual(broker.controller.services.topics.dataVersion, version);
  await updateTopic(broker, { topic: 'T', readQueueNums: 4, attributes: '-message.type' });
  const shown = await broker.client.call(RequestCode.GET_TOPIC_CONFIG, { topic: 'T' });
  const config = decodeTopicConfig(shown.body);
  assert.deepEqual([config.readQueueNums, config.attributes.size], [4, 0]);

  broker.store.commitOffset('G', 'T', 0, 1);
  await updateTopic(broker, { topic: '%RETRY%G_T' });
  assert.equal((await broker.client.call(215, { topic: 'T' })).code, ResponseCode.SUCCESS);
  assert.equal(broker.store.queryOffset('G', 'T', 0), -1);
  assert.deepEqual(broker.memory.destroyed, ['T', '%RETRY%G_T']);
  const gone = await broker.client.call(RequestCode.GET_TOPIC_CONFIG, { topic: 'T' });
  assert.deepEqual([gone.code, gone.remark], [17, 'No topic in this broker. topic: T']);
  assert.doesNotMatch(broker.files.text('store/config/topics.json') ?? '', /"T":/);
  assert.equal((await broker.client.call(215, { topic: 'T' })).code, ResponseCode.SUCCESS);
});

test('what no topic may be is refused with the reason', async () => {
  const broker = await startTestBroker();
  const cases: [TopicWish, number, RegExp][] = [
    [{ topic: ' ' }, 29, /^The specified topic is blank\.$/],
    [{ topic: 'a b' }, 29, /contains illegal characters/],
    [{ topic: 'x'.repeat(128) }, 29, /longer than topic max length: 127$/],
    [{ topic: 'TBW102' }, 29, /^The topic\[TBW102\] is conflict with system topic\.$/],
    [{ topic: 'broker-a' }, 29, /conflict with system topic/],
    [{ topic: 'rmq_sys_x' }, 29, /conflict with system topic/],
    [{ topic: 'T', readQueueNums: -1 }, 29, /readQueueNums of topic\[T\] is -1/],
    [{ topic: 'T', readQueueNums: 65_536 }, 29, /allowed are 0 to 65535/],
    [{ topic: 'T', perm: 16 }, 29, /^perm of topic\[T\] is 16/],
    [{ topic: 'T', topicFilterType: 'X' }, 29, /not SINGLE_TAG or MULTI_TAG/],
    [{ topic: 'T', attributes: '+message.type=MIXED' }, 29, /^MIXED message type is not supported/],
    [{ topic: 'T', attributes: '+nope=1' }, 1, /^unsupported key: nope$/],
    [{ topic: 'T', attributes: '-message.type' }, 1, /^only add attribute is supported/],
    [{ topic: 'T', attributes: '+a=1,+a=2' }, 1, /^key duplication: \+a$/],
    [{ topic: 'T', attributes: 'a=1' }, 1, /^add\/alter attribute format is wrong: a$/],
    [{ topic: 'T', attributes: 'a' }, 1, /^delete attribute format is wrong: a$/],
    [{ topic: 'T', attributes: '+message.type=NO' }, 1, /^value is not in the set/],
    [{ topic: 'T', attributes: '+queue.type=BatchCQ' }, 1, /does not store topics with queue.type/],
    [{ topic: 'T', attributes: '+reserve.time=-2' }, 1, /^value is not in range/],
  ];
  for (const [wish, code, text] of cases) {
    const answer = await updateTopic(broker, wish);
    assert.equal(answer.code, code, JSON.stringify(wish));
    assert.match(answer.remark ?? '', text);
  }
  assert.equal(broker.controller.services.topics.get('T'), undefined);
  assert.equal((await updateTopic(broker, { topic: 'x'.repeat(127) })).code, 0);
  assert.equal((await updateTopic(broker, { topic: 'T', readQueueNums: 65_535 })).code, 0);
  await updateTopic(broker, { topic: 'S', attributes: '+queue.type=SimpleCQ' });
  const fixed = await updateTopic(broker, { topic: 'S', attributes: '-queue.type' });
  assert.match(
    fixed.remark ?? '',
    /^attempt to update an unchangeable attribute\. key: queue\.type/,
  );
});

test('a topic that cannot be written is said so and not lost', async () => {
  const broker = await startTestBroker();
  broker.files.failing = 'write store/config/topics.json';
  const answer = await updateTopic(broker, { topic: 'T' });
  assert.equal(answer.code, ResponseCode.SYSTEM_ERROR);
  assert.match(answer.remark ?? '', /no space left on device.*check free space/);
  broker.files.failing = undefined;
  await broker.clock.advance(10_000);
  assert.match(broker.files.text('store/config/topics.json') ?? '', /"T":/);
});

test('of a list of topics none is stored when one is wrong', async () => {
  const broker = await startTestBroker();
  const body = encodeTopicConfigList([newTopicConfig('A'), newTopicConfig('b b')]);
  const code = RequestCode.UPDATE_AND_CREATE_TOPIC_LIST;
  assert.equal((await broker.client.call(code, undefined, body)).code, 29);
  assert.equal(broker.controller.services.topics.get('A'), undefined);
  const good = encodeTopicConfigList([newTopicConfig('A'), newTopicConfig('B')]);
  assert.equal((await broker.client.call(code, undefined, good)).code, 0);
  assert.ok(broker.controller.services.topics.get('B') !== undefined);
});

test('all topics come at once, or in pages that start over when the version changed', async () => {
  const broker = await startTestBroker();
  const { topics } = broker.controller.services;
  const all = await broker.client.call(RequestCode.GET_ALL_TOPIC_CONFIG);
  const table = decodeTopicConfigTable(all.body).topicConfigTable;
  assert.equal(all.extFields['totalTopicNum'], String(topics.table.size));
  assert.deepEqual([...table.keys()].sort(), [...topics.table.keys()].sort());
  for (const [name, queues] of [
    ['TBW102', 8],
    ['BenchmarkTest', 1024],
    ['DefaultCluster', 16],
    ['broker-a', 1],
    ['SCHEDULE_TOPIC_XXXX', 18],
    ['DefaultCluster_REPLY_TOPIC', 1],
    ['rmq_sys_REVIVE_LOG_DefaultCluster', 8],
    ['rmq_sys_SYNC_BROKER_MEMBER_broker-a', 1],
    ['RMQ_SYS_ROCKSDB_TRANS_HALF_TOPIC', 1],
  ] as const) {
    assert.equal(table.get(name)?.readQueueNums, queues, name);
  }
  const names = [...topics.table.keys()].sort();
  const page = async (topicSeq: number, dataVersion: string) => {
    const fields = { topicSeq: String(topicSeq), maxTopicNum: '5', dataVersion };
    const answer = await broker.client.call(RequestCode.GET_ALL_TOPIC_CONFIG, fields);
    return [...decodeTopicConfigTable(answer.body).topicConfigTable.keys()];
  };
  const version = stringifyJavaJson(dataVersionToJson(topics.dataVersion));
  assert.deepEqual(await page(0, ''), names.slice(0, 5));
  assert.deepEqual(await page(5, version), names.slice(5, 10));
  assert.deepEqual(await page(5, '{"counter":99}'), names.slice(0, 5));
  assert.deepEqual(await page(1000, version), []);
});

test('groups are created, changed, listed and deleted', async () => {
  const broker = await startTestBroker();
  const config = newSubscriptionGroupConfig('G', { retryMaxTimes: 3 });
  const update = (body: Uint8Array, code = 200) => broker.client.call(code, undefined, body);
  assert.equal((await update(encodeSubscriptionGroupConfig(config))).code, 0);
  assert.match(broker.files.text('store/config/subscriptionGroup.json') ?? '', /"retryMaxTimes":3/);
  const shown = await broker.client.call(RequestCode.GET_SUBSCRIPTIONGROUP_CONFIG, { group: 'G' });
  assert.equal(decodeSubscriptionGroupConfig(shown.body).retryMaxTimes, 3);
  const bad = await update(encodeSubscriptionGroupConfig(newSubscriptionGroupConfig('a b')));
  assert.equal(bad.code, 29);
  const long = encodeSubscriptionGroupConfig(newSubscriptionGroupConfig('x'.repeat(121)));
  assert.match((await update(long)).remark ?? '', /longer than group max length: 120$/);
  const list = encodeSubscriptionGroupList([config, newSubscriptionGroupConfig('H')]);
  assert.equal((await update(list, 225)).code, 0);

  const all = await broker.client.call(RequestCode.GET_ALL_SUBSCRIPTIONGROUP_CONFIG);
  const table = decodeSubscriptionGroupTable(all.body).subscriptionGroupTable;
  assert.ok(table.has('G') && table.has('H') && table.has('TOOLS_CONSUMER'));
  assert.equal(all.extFields['totalGroupNum'], String(table.size));

  broker.store.commitOffset('G', 'T', 0, 1);
  await broker.client.call(RequestCode.DELETE_SUBSCRIPTIONGROUP, { groupName: 'G' });
  assert.equal(broker.store.queryOffset('G', 'T', 0), 1);
  const clean = { groupName: 'G', cleanOffset: 'true' };
  await broker.client.call(RequestCode.DELETE_SUBSCRIPTIONGROUP, clean);
  assert.equal(broker.store.queryOffset('G', 'T', 0), -1);
  assert.equal(broker.memory.groups.has('G'), false);
});

test('asking for a group makes it where that is allowed', async () => {
  const ask = async (broker: TestBroker) =>
    await broker.client.call(RequestCode.GET_SUBSCRIPTIONGROUP_CONFIG, { group: 'New' });
  assert.equal((await ask(await startTestBroker())).code, ResponseCode.SUCCESS);
  const strict = await startTestBroker({ config: { autoCreateSubscriptionGroup: false } });
  const refused = await ask(strict);
  assert.equal(refused.code, 26);
  assert.match(refused.remark ?? '', /^No group in this broker/);
});

test('connections show language and version as tools look them up', async () => {
  const broker = await startTestBroker();
  await broker.client.heartbeat();
  await broker.client.heartbeat({ group: 'G', subscriptions: [{ topic: 'T', expression: 'A' }] });
  const consumers = await broker.client.call(203, { consumerGroup: 'G' });
  const connection = decodeConsumerConnection(consumers.body);
  const [member] = connection.connectionSet;
  assert.deepEqual(
    [member?.clientId, member?.language, member?.version],
    ['client-1', 'NODE_JS', 513],
  );
  assert.match(member?.clientAddr ?? '', /^10\.0\.1\.1:[0-9]+$/);
  assert.equal(connection.subscriptionTable.get('T')?.subString, 'A');
  const offline = await broker.client.call(203, { consumerGroup: 'Nope' });
  assert.deepEqual([offline.code, offline.remark], [206, 'the consumer group[Nope] not online']);
  const producers = await broker.client.call(204, { producerGroup: 'PG' });
  assert.equal(decodeProducerConnection(producers.body).length, 1);
  const none = await broker.client.call(204, { producerGroup: 'Nope' });
  assert.deepEqual([none.code, none.remark], [1, 'the producer group[Nope] not exist']);
  const all = await broker.client.call(RequestCode.GET_ALL_PRODUCER_INFO);
  assert.equal(decodeProducerTable(all.body).get('PG')?.length, 1);
});

test('topic and consume statistics name every queue', async () => {
  const broker = await startTestBroker();
  await broker.client.send({ topic: 'T' });
  await broker.client.send({ topic: 'T' });
  const stats = decodeTopicStats((await broker.client.call(202, { topic: 'T' })).body);
  const [queue, offset] = stats.offsetTable[0] ?? [];
  assert.deepEqual(queue, { topic: 'T', brokerName: 'broker-a', queueId: 0 });
  assert.deepEqual([stats.offsetTable.length, offset?.minOffset, offset?.maxOffset], [4, 0, 2]);
  const unknown = await broker.client.call(202, { topic: 'Nope' });
  assert.deepEqual([unknown.code, unknown.remark], [17, 'topic[Nope] not exist']);
  await broker.client.send({ topic: 'T' });
  const again = decodeTopicStats((await broker.client.call(202, { topic: 'T' })).body);
  assert.ok(again.topicPutTps > 0);

  broker.store.commitOffset('G', 'T', 0, 2);
  const consume = decodeConsumeStats((await broker.client.call(208, { consumerGroup: 'G' })).body);
  const [, entry] = consume.offsetTable[0] ?? [];
  assert.deepEqual([entry?.brokerOffset, entry?.consumerOffset, entry?.pullOffset], [3, 2, 2]);
  assert.equal(entry?.lastTimestamp, broker.store.storeTimestamp('T', 0, 1));
  await broker.client.heartbeat({ group: 'G', subscriptions: [{ topic: 'Other' }] });
  const hidden = decodeConsumeStats((await broker.client.call(208, { consumerGroup: 'G' })).body);
  assert.equal(hidden.offsetTable.length, 0);
  const fields = { consumerGroup: 'G', topicList: 'T;Nope' };
  const listed = decodeConsumeStats((await broker.client.call(208, fields)).body);
  assert.equal(listed.offsetTable.length, 4);
});

test('who consumes what, and what is the broker’s own', async () => {
  const broker = await startTestBroker();
  await broker.client.heartbeat({ group: 'Online', subscriptions: [{ topic: 'T' }] });
  broker.store.commitOffset('Past', 'T', 0, 1);
  const groups = await broker.client.call(300, { topic: 'T' });
  assert.deepEqual(decodeGroupList(groups.body), ['Online', 'Past']);
  const topics = decodeTopicList((await broker.client.call(343, { group: 'Past' })).body);
  assert.deepEqual(topics, { topicList: ['T'], brokerAddr: '10.0.0.1:10911' });
  const system = decodeTopicList((await broker.client.call(305)).body);
  assert.ok(['TBW102', 'DefaultCluster', 'broker-a'].every((t) => system.topicList.includes(t)));
});

test('messages are found by key, by tag and by offset', async () => {
  const broker = await startTestBroker();
  await broker.client.send({ topic: 'T' });
  const second = broker.store.stats().maxPhysicalOffset;
  await broker.client.send({ topic: 'T' });
  const find = (more: Record<string, string> = {}) =>
    broker.client.call(RequestCode.QUERY_MESSAGE, {
      topic: 'T',
      key: 'k',
      maxNum: '100',
      beginTimestamp: '0',
      endTimestamp: '9223372036854775807',
      ...more,
    });
  const none = await find();
  assert.deepEqual(
    [none.code, none.remark],
    [22, 'can not find message, maybe time range not correct'],
  );
  broker.memory.indexed = [second, 0];
  const found = await find();
  assert.equal(found.body?.length, broker.store.stats().maxPhysicalOffset);
  assert.deepEqual(
    { ...found.extFields },
    {
      indexLastUpdateTimestamp: '7',
      indexLastUpdatePhyoffset: '9',
    },
  );
  assert.deepEqual(broker.memory.lastIndexQuery.slice(0, 3), ['T', 'k', 64]);
  await find({ _UNIQUE_KEY_QUERY: 'true', indexType: 'T' });
  assert.deepEqual(broker.memory.lastIndexQuery.slice(0, 3), ['T', 'k', 32]);
  await find({ indexType: 'T' });
  assert.equal(broker.memory.lastIndexQuery[1], 'T#k');
  const viewed = await broker.client.call(33, { offset: String(second) });
  assert.equal(viewed.body?.length, broker.store.lookMessage(second)?.length);
  const missing = await broker.client.call(33, { offset: '12345678' });
  assert.deepEqual(
    [missing.code, missing.remark],
    [1, 'can not find message by the offset, 12345678'],
  );
});

test('runtime information has what tools parse', async () => {
  const broker = await startTestBroker();
  await broker.client.send({ topic: 'T' });
  const info = async () => decodeKvTable((await broker.client.call(28)).body);
  const early = await info();
  assert.equal(early.get('putTps'), '  ');
  assert.match(early.get('getTotalTps') ?? '', /^0\.0 0\.0 0\.0$/);
  await broker.clock.advance(12_000);
  const table = await info();
  for (const key of ['putTps', 'getTransferredTps']) {
    assert.ok(Number.isFinite(Number(table.get(key)?.split(' ')[0])), key);
  }
  const numbers = [
    ...['bootTimestamp', 'earliestMessageTimeStamp', 'commitLogDiskRatio', 'consumeQueueDiskRatio'],
    ...['msgPutTotalTodayNow', 'msgPutTotalTodayMorning', 'msgPutTotalYesterdayMorning'],
    ...['msgGetTotalTodayNow', 'msgGetTotalTodayMorning', 'msgGetTotalYesterdayMorning'],
    ...['timerReadBehind', 'timerOffsetBehind', 'timerCongestNum', 'putMessageAverageSize'],
    ...['sendThreadPoolQueueSize', 'pullThreadPoolQueueHeadWaitTimeMills', 'dispatchBehindBytes'],
  ];
  for (const key of numbers) assert.ok(Number.isFinite(Number(table.get(key) ?? 'x')), key);
  assert.equal(table.get('msgPutTotalTodayNow'), '1');
  assert.equal(table.get('brokerVersionDesc'), 'V5_5_0');
  assert.equal(table.get('brokerActive'), 'true');
  assert.equal(table.get('commitLogDiskRatio'), '0.75');
  assert.equal(table.get('commitLogDirCapacity'), 'Total : 100.0 GiB, Free : 25.0 GiB.');
  assert.equal(table.get('runtime'), '[ 0 days, 0 hours, 0 minutes, 12 seconds ]');
});

test('settings are shown as key=value lines with their version', async () => {
  const broker = await startTestBroker();
  const answer = await broker.client.call(RequestCode.GET_BROKER_CONFIG);
  assert.match(new TextDecoder().decode(answer.body), /^brokerName=broker-a$/m);
  assert.match(answer.extFields['version'] ?? '', /^\{"counter":0,/);
});

test('a code nobody serves is named in the answer', async () => {
  const broker = await startTestBroker();
  const answer = await broker.client.call(29_999);
  assert.deepEqual([answer.code, answer.remark], [3, ' request type 29999 not supported']);
});
