// SPDX-License-Identifier: Apache-2.0
/**
 * Goal: `mqadmin` of Apache RocketMQ 5.5.0 works against our servers.
 * Method: run its commands in one JVM, as its shell script does in many, and read what they print.
 */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type JavaBench, javaSuite, received, type SentMessage } from './java-suite.ts';

/** Where mqadmin leaves the bodies of messages it shows. */
const BODY_FOLDER = '/tmp/rocketmq/msgbodys';

async function clusterList(bench: JavaBench): Promise<void> {
  const listed = await bench.mqadmin('clusterList');
  const row = listed.split('\n').find((line) => line.startsWith('DefaultCluster'));
  const columns = row?.trim().split(/\s+/) ?? [];
  assert.deepEqual(columns.slice(0, 5), [
    ...['DefaultCluster', 'broker-a', '0', bench.cluster.brokerAddr, 'V5_5_0'],
  ]);
  assert.equal(columns.at(-1), 'true');
  const totals = await bench.mqadmin('clusterList', '-m');
  assert.match(totals, /^DefaultCluster +broker-a( +\d+){4}/m);
}

async function topics(bench: JavaBench): Promise<void> {
  const [byBroker, byCluster] = [bench.name('Topic'), bench.name('Topic')];
  const { brokerAddr } = bench.cluster;
  const made = await bench.mqadmin('updateTopic', '-b', brokerAddr, '-t', byBroker, '-r', '3');
  assert.match(made, new RegExp(`create topic to ${brokerAddr} success`));
  assert.match(made, /readQueueNums=3, writeQueueNums=8, perm=RW-/);
  const madeToo = await bench.mqadmin('updateTopic', '-c', 'DefaultCluster', '-t', byCluster);
  assert.match(madeToo, new RegExp(`create topic to ${brokerAddr} success`));
  const listed = (await bench.mqadmin('topicList')).split('\n');
  for (const topic of [byBroker, byCluster, 'TBW102', 'SCHEDULE_TOPIC_XXXX']) {
    assert.ok(listed.includes(topic), `${topic} is listed`);
  }
  const clusters = await bench.mqadmin('topicClusterList', '-t', byBroker);
  assert.equal(clusters.trim(), 'DefaultCluster');
  const perm = await bench.mqadmin('updateTopicPerm', '-b', brokerAddr, '-t', byBroker, '-p', '4');
  assert.match(perm, /update topic perm from 6 to 4/);
  const deleted = await bench.mqadmin('deleteTopic', '-c', 'DefaultCluster', '-t', byCluster);
  assert.match(deleted, /from cluster \[DefaultCluster\] success/);
  assert.match(deleted, /from NameServer success/);
  const left = (await bench.mqadmin('topicList')).split('\n');
  assert.deepEqual([left.includes(byBroker), left.includes(byCluster)], [true, false]);
  await assert.rejects(
    async () => assert.match(await bench.mqadmin('topicRoute', '-t', byCluster), /CODE: 17/),
    /CODE: 17/,
  );
}

async function topicRoute(bench: JavaBench): Promise<void> {
  const topic = await bench.topic(3);
  // Integer keys are printed bare.
  const printed = await bench.mqadmin('topicRoute', '-t', topic);
  const route = JSON.parse(printed.replaceAll(/(\d+):"/g, '"$1":"')) as unknown;
  const brokerName = 'broker-a';
  assert.deepEqual(route, {
    brokerDatas: [
      {
        ...{ brokerAddrs: { 0: bench.cluster.brokerAddr }, brokerName },
        ...{ cluster: 'DefaultCluster', enableActingMaster: false },
      },
    ],
    filterServerTable: {},
    queueDatas: [{ brokerName, perm: 6, readQueueNums: 3, topicSysFlag: 0, writeQueueNums: 3 }],
  });
}

async function topicStatus(bench: JavaBench): Promise<void> {
  const topic = await bench.topic(1);
  const producer = await bench.producer();
  for (const body of ['a', 'b', 'c']) await producer.call('send', { topic, body });
  const row = await printed(bench, ['topicStatus', '-t', topic], /^broker-a +0 +0 +3 +20.*/m);
  assert.match(row, /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}/);
  await producer.stop();
}

/** What `pattern` finds in a command's output; figures may come a moment later. */
async function printed(bench: JavaBench, command: string[], pattern: RegExp): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    const text = await bench.mqadmin(...command).catch(String);
    const [found] = pattern.exec(text) ?? [];
    if (found !== undefined) return found;
    if (attempt === 20) assert.fail(`${command.join(' ')} printed\n${text}`);
    await sleep(500);
  }
}

async function groups(bench: JavaBench): Promise<void> {
  const group = bench.name('Group');
  const { brokerAddr } = bench.cluster;
  const made = await bench.mqadmin('updateSubGroup', '-b', brokerAddr, '-g', group, '-r', '5');
  assert.match(made, new RegExp(`create subscription group to ${brokerAddr} success`));
  assert.match(made, new RegExp(`groupName=${group}, .*retryMaxTimes=5`));
  const config = await bench.mqadmin('getConsumerConfig', '-g', group);
  assert.match(config, /retryMaxTimes +\D+5/);
  const deleted = await bench.mqadmin('deleteSubGroup', '-b', brokerAddr, '-g', group);
  assert.match(deleted, new RegExp(`delete subscription group \\[${group}\\].* success`));
}

async function clients(bench: JavaBench): Promise<void> {
  const topic = await bench.topic(2);
  const [group, producerGroup] = [bench.name('Group'), bench.name('Producers')];
  const producer = await bench.producer({ group: producerGroup, instance: 'p' });
  await producer.call('send', { topic, body: 'x' });
  const consumer = await bench.remote('push', { topic, group, expression: 'A || B' });
  await producer.call('send', { topic, body: 'y', tags: 'B' });
  await received(consumer, 1);
  const connection = await bench.mqadmin('consumerConnection', '-g', group);
  assert.match(connection, /127\.0\.0\.1@\S+ +127\.0\.0\.1:\d+ +JAVA +V5_5_0/);
  assert.match(connection, new RegExp(`^${topic} +A \\|\\| B`, 'm'));
  assert.match(connection, /ConsumeType: CONSUME_PASSIVELY\nMessageModel: CLUSTERING/);
  const producers = await bench.mqadmin('producerConnection', '-g', producerGroup, '-t', topic);
  assert.match(producers, /127\.0\.0\.1@p +127\.0\.0\.1:\d+ +JAVA +V5_5_0/);
  const command = ['consumerProgress', '-g', group];
  await printed(bench, command, new RegExp(`^${topic} +broker-a +\\d +1 +1 +0 +0 `, 'm'));
  await printed(bench, command, /^Consume Diff Total: 0/m);
  const all = await bench.mqadmin('consumerProgress');
  assert.match(all, new RegExp(`^${group} +1 +V5_5_0 +PUSH +CLUSTERING`, 'm'));
  await consumer.stop();
  await producer.stop();
}

async function messages(bench: JavaBench): Promise<void> {
  const topic = await bench.topic(1);
  const producer = await bench.producer();
  const sent = await producer.call<SentMessage>('send', {
    ...{ topic, body: 'shown', tags: 'TagA', keys: 'needle' },
  });
  const shown = [
    await printed(
      bench,
      ['queryMsgById', '-t', topic, '-i', sent.offsetMsgId],
      /^[\s\S]*Topic[\s\S]*$/,
    ),
    await printed(
      bench,
      ['queryMsgByOffset', '-t', topic, '-b', 'broker-a', '-i', '0', '-o', '0'],
      /^[\s\S]*Topic[\s\S]*$/,
    ),
    await printed(
      bench,
      ['queryMsgByUniqueKey', '-t', topic, '-i', sent.msgId],
      /^[\s\S]*Tags[\s\S]*$/,
    ),
  ];
  for (const text of shown) {
    assert.match(text, new RegExp(`Topic: +${topic}\\n`));
    assert.match(text, /Tags: +\[TagA\]\nKeys: +\[needle\]\nQueue ID: +0\nQueue Offset: +0\n/);
    assert.match(text, new RegExp(`Store Host: +${bench.cluster.brokerAddr}\\n`));
    assert.match(text, new RegExp(`UNIQ_KEY=${sent.msgId}`));
  }
  const byKey = ['queryMsgByKey', '-t', topic, '-k', 'needle'];
  await printed(bench, byKey, new RegExp(`^${sent.msgId} +0 +0 `, 'm'));
  rmSync(`${BODY_FOLDER}/${sent.msgId}`, { force: true });
  await producer.stop();
}

async function brokerFigures(bench: JavaBench): Promise<void> {
  const { brokerAddr } = bench.cluster;
  const status = await bench.mqadmin('brokerStatus', '-b', brokerAddr);
  for (const key of ['bootTimestamp', 'commitLogMaxOffset', 'msgPutTotalTodayNow', 'putTps']) {
    assert.match(status, new RegExp(`^${key} +: \\d`, 'm'));
  }
  assert.match(status, /^brokerVersionDesc +: V5_5_0/m);
  const config = await bench.mqadmin('getBrokerConfig', '-b', brokerAddr);
  assert.match(config, /^brokerName += +broker-a/m);
  assert.match(config, /^flushDiskType += +ASYNC_FLUSH/m);
}

async function nameServer(bench: JavaBench): Promise<void> {
  const config = await bench.mqadmin('getNamesrvConfig');
  assert.match(config, /^listenPort += +\d+/m);
  const stored = await bench.mqadmin('updateKvConfig', '-s', 'ns', '-k', 'k', '-v', 'v');
  assert.match(stored, /create or update kv config to namespace success/);
  const wiped = await bench.mqadmin('wipeWritePerm', '-b', 'broker-a');
  const [, count] = /\] OK, (\d+)/.exec(wiped) ?? [];
  assert.ok(Number(count) > 0, wiped);
  const added = await bench.mqadmin('addWritePerm', '-b', 'broker-a');
  assert.match(added, new RegExp(`\\] OK, ${count}`));
}

javaSuite(
  'mqadmin 5.5.0',
  // One command at a time: its output is that of the whole JVM.
  1,
  {
    clusterList,
    'updateTopic, topicList, topicClusterList, updateTopicPerm, deleteTopic': topics,
    topicRoute,
    topicStatus,
    'updateSubGroup, getConsumerConfig, deleteSubGroup': groups,
    'consumerConnection, producerConnection, consumerProgress': clients,
    'queryMsgById, queryMsgByOffset, queryMsgByUniqueKey, queryMsgByKey': messages,
    'brokerStatus, getBrokerConfig': brokerFigures,
    'getNamesrvConfig, updateKvConfig, wipeWritePerm, addWritePerm': nameServer,
  },
  ['JSON'],
);
