// SPDX-License-Identifier: Apache-2.0
/**
 * Goal: offsets are kept, asked and saved by Apache's rules.
 * Method: a broker in memory; its files are read and written by hand.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RequestCode, ResponseCode } from '../../../src/protocol/codes.ts';
import { queryConsumerOffset } from '../../../src/protocol/commands/query-consumer-offset.ts';
import { searchOffsetByTimestamp } from '../../../src/protocol/commands/search-offset-by-timestamp.ts';
import { updateConsumerOffset } from '../../../src/protocol/commands/update-consumer-offset.ts';
import { MemoryFiles } from '../../helpers/memory-files.ts';
import {
  TestBroker as Broker,
  startTestBroker,
  type TestBroker,
} from '../../helpers/test-broker.ts';

const FILE = 'store/config/consumerOffset.json';

function query(broker: TestBroker, setZeroIfNotFound?: boolean, queueId = 0) {
  const header = { consumerGroup: 'G', topic: 'T', queueId };
  const fields = queryConsumerOffset.request.encode(
    setZeroIfNotFound === undefined ? header : { ...header, setZeroIfNotFound },
  );
  return broker.client.call(queryConsumerOffset.code, fields);
}

function update(broker: TestBroker, consumerGroup: string, topic: string, commitOffset: number) {
  const fields = updateConsumerOffset.request.encode({
    consumerGroup,
    topic,
    queueId: 0,
    commitOffset,
  });
  return broker.client.call(updateConsumerOffset.code, fields);
}

test('a group that never committed: zero on a young queue, else not found', async () => {
  const broker = await startTestBroker();
  await broker.client.send({ topic: 'T' });
  assert.equal((await query(broker)).extFields['offset'], '0');
  assert.equal((await query(broker, true)).extFields['offset'], '0');
  const asked = await query(broker, false);
  assert.equal(asked.code, ResponseCode.QUERY_NOT_FOUND);
  assert.equal(asked.remark, 'Not found, do not set to zero, maybe this group boot first');
  const empty = await query(broker, undefined, 1);
  assert.equal(empty.code, ResponseCode.QUERY_NOT_FOUND);
  assert.equal(empty.remark, 'Not found, V3_0_6_SNAPSHOT maybe this group consumer boot first');
  broker.memory.inMemory = false;
  assert.equal((await query(broker)).code, ResponseCode.QUERY_NOT_FOUND);
  broker.store.commitOffset('G', 'T', 0, 1);
  assert.equal((await query(broker, false)).extFields['offset'], '1');
});

test('a commit needs a group and a topic, and may go back', async () => {
  const broker = await startTestBroker();
  const noGroup = await update(broker, 'G', 'T', 1);
  assert.deepEqual([noGroup.code, noGroup.remark], [26, 'Group G not exist!']);
  await broker.client.heartbeat({ group: 'G', subscriptions: [] });
  const noTopic = await update(broker, 'G', 'T', 1);
  assert.deepEqual([noTopic.code, noTopic.remark], [17, 'Topic T not exist!']);
  await broker.client.send({ topic: 'T' });
  assert.equal((await update(broker, 'G', 'T', 9)).code, ResponseCode.SUCCESS);
  assert.equal((await update(broker, 'G', 'T', 3)).code, ResponseCode.SUCCESS);
  assert.equal(broker.store.queryOffset('G', 'T', 0), 3);
  assert.equal((await update(broker, 'G', 'T', -1)).code, ResponseCode.INVALID_PARAMETER);
});

test('offsets are saved every 5 s when one changed, and found by the next start', async () => {
  const files = new MemoryFiles();
  const broker = await startTestBroker({ files });
  broker.store.commitOffset('G', 'T', 0, 250);
  broker.store.commitOffset('G', 'T', 1, 251);
  await broker.clock.advance(10_000);
  assert.match(files.text(FILE) ?? '', /\t\t"T@G":\{0:250,1:251\}/);
  const writes = () => files.operations.filter((line) => line.includes(`write ${FILE}`)).length;
  assert.equal(writes(), 1);
  await broker.clock.advance(20_000);
  assert.equal(writes(), 1);
  broker.store.commitOffset('G', 'T', 1, 252);
  await broker.close();
  assert.equal(writes(), 2);
  const next = await startTestBroker({ files });
  assert.equal(next.store.queryOffset('G', 'T', 1), 252);
});

test('a file of Apache is read, entries that cannot be are left out', async () => {
  const files = new MemoryFiles();
  files.setText(
    FILE,
    '{"dataVersion":{"counter":3,"stateVersion":0,"timestamp":1700000000000},' +
      '"groupTopicMap":{"G":["T"]},' +
      '"offsetTable":{"%RETRY%G@G":{0:1},"T@G":{0:250,"1":251,2:-1},"odd":{0:1},"a@b@c":{0:1}}}',
  );
  const broker = await startTestBroker({ files });
  const offsets = broker.store.exportOffsets().map((entry) => [entry.topic, entry.offset]);
  assert.deepEqual(offsets, [
    ['%RETRY%G', 1],
    ['T', 250],
    ['T', 251],
  ]);
  assert.equal(broker.controller.services.offsets.dataVersion.counter, 3);
  assert.equal(broker.log.complaints('left out').length, 3);
});

test('a damaged offset file without backup stops the start with a cure', async () => {
  const files = new MemoryFiles();
  files.setText(FILE, '{"offsetTable":');
  await assert.rejects(new Broker({ files }).controller.start(), {
    code: 'CONFIG_FILE',
    cure: /restore the file from a copy/,
  });
});

test('every offset is given to slaves, and none is said so', async () => {
  const broker = await startTestBroker();
  const none = await broker.client.call(RequestCode.GET_ALL_CONSUMER_OFFSET);
  assert.deepEqual([none.code, none.remark], [1, 'No consumer offset in this broker']);
  broker.store.commitOffset('G', 'T', 0, 3);
  const all = await broker.client.call(RequestCode.GET_ALL_CONSUMER_OFFSET);
  assert.match(new TextDecoder().decode(all.body), /"offsetTable":\{\s+"T@G":\{0:3\}\s+\}/);
});

test('bounds of a queue, by position and by time', async () => {
  const broker = await startTestBroker();
  const queue = { topic: 'T', queueId: '0' };
  const max = () => broker.client.call(RequestCode.GET_MAX_OFFSET, queue);
  assert.equal((await max()).extFields['offset'], '0');
  const earliest = () => broker.client.call(RequestCode.GET_EARLIEST_MSG_STORETIME, queue);
  assert.equal((await earliest()).extFields['timestamp'], '-1');
  await broker.client.send({ topic: 'T' });
  const firstMs = broker.store.storeTimestamp('T', 0, 0);
  await broker.client.send({ topic: 'T' });
  assert.equal((await max()).extFields['offset'], '2');
  assert.equal((await earliest()).extFields['timestamp'], String(firstMs));
  const min = await broker.client.call(RequestCode.GET_MIN_OFFSET, queue);
  assert.equal(min.extFields['offset'], '0');
  const search = async (timestamp: bigint, boundaryType = 'lower') => {
    const header = { topic: 'T', queueId: 0, timestamp, boundaryType };
    const fields = searchOffsetByTimestamp.request.encode(header);
    return (await broker.client.call(searchOffsetByTimestamp.code, fields)).extFields['offset'];
  };
  assert.equal(await search(BigInt(firstMs)), '0');
  assert.equal(await search(BigInt(firstMs) + 1n), '1');
  assert.equal(await search(9_223_372_036_854_775_807n), '2');
  assert.equal(await search(9_223_372_036_854_775_807n, 'UPPER'), '1');
  assert.equal(await search(-9_223_372_036_854_775_808n), '0');
});

test('of a large table, who consumes what is at most a second old', async () => {
  const broker = await startTestBroker();
  const { offsets } = broker.controller.services;
  for (let queueId = 0; queueId <= 10_000; queueId += 1) {
    broker.store.commitOffset('G', 'T', queueId, 1);
  }
  assert.deepEqual(offsets.groupsOf('T'), ['G']);
  broker.store.commitOffset('New', 'T', 0, 1);
  assert.deepEqual(offsets.groupsOf('T'), ['G']);
  await broker.clock.advance(1000);
  assert.deepEqual(offsets.groupsOf('T'), ['G', 'New']);
  assert.deepEqual(offsets.topicsOf('New'), ['T']);
});
