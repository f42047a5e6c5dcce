// SPDX-License-Identifier: Apache-2.0
/**
 * Goal: sends that native code leaves are answered as by Apache, in its order of checks, with the
 * cause and the cure. Method: a broker in memory, asked over its port.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ResponseCode } from '../../../src/protocol/codes.ts';
import { lockBatchMq } from '../../../src/protocol/commands/lock-batch-mq.ts';
import { sendBatchMessage } from '../../../src/protocol/commands/send-batch-message.ts';
import { toSendMessageV2 } from '../../../src/protocol/commands/send-message-v2.ts';
import { encodeLockBatchBody } from '../../../src/protocol/lock-batch-body.ts';
import { encodeMessageBatch } from '../../../src/protocol/message-batch.ts';
import { parseProperties } from '../../../src/protocol/message-properties.ts';
import { PutMessageStatus } from '../../../src/store/message-store.ts';
import { MemoryFiles } from '../../helpers/memory-files.ts';
import { startTestBroker, type TestBroker } from '../../helpers/test-broker.ts';

test('the first send to a topic creates it by the template and is stored', async () => {
  const broker = await startTestBroker();
  const answer = await broker.client.send({ topic: 'T', defaultTopicQueueNums: 4 });
  assert.equal(answer.code, ResponseCode.SUCCESS);
  const topic = broker.controller.services.topics.get('T');
  assert.deepEqual([topic?.readQueueNums, topic?.writeQueueNums, topic?.perm], [4, 4, 6]);
  assert.equal(broker.memory.messages('T', 0).length, 1);
  assert.match(broker.files.text('store/config/topics.json') ?? '', /"T":/);
});

test('the template bounds the number of queues, a negative wish gives none', async () => {
  const broker = await startTestBroker({ config: { defaultTopicQueueNums: 3 } });
  await broker.client.send({ topic: 'Many', defaultTopicQueueNums: 100 });
  assert.equal(broker.controller.services.topics.get('Many')?.writeQueueNums, 3);
  const noQueue = { topic: 'None', defaultTopicQueueNums: -1, queueId: -1 };
  const none = await broker.client.send(noQueue);
  assert.equal(none.code, ResponseCode.INVALID_PARAMETER);
  assert.match(none.remark ?? '', /no write queue/);
});

test('a topic is created only by a template that inherits, and the answer says why', async () => {
  const off = await startTestBroker({ config: { autoCreateTopicEnable: false } });
  const answer = await off.client.send({ topic: 'T' });
  assert.equal(answer.code, ResponseCode.TOPIC_NOT_EXIST);
  assert.match(answer.remark ?? '', /^topic\[T\] not exist, apply first please!/);
  assert.match(answer.remark ?? '', /autoCreateTopicEnable is false on broker broker-a/);
  assert.match(answer.remark ?? '', /mqadmin updateTopic -c DefaultCluster -t T/);
  assert.match(answer.remark ?? '', /06FAQ for further details\.$/);
  const on = await startTestBroker();
  const missing = await on.client.send({ topic: 'T', defaultTopic: 'Nope' });
  assert.match(missing.remark ?? '', /template topic\[Nope\] is not on broker/);
  const plain = await on.client.send({ topic: 'T', defaultTopic: 'SCHEDULE_TOPIC_XXXX' });
  assert.match(plain.remark ?? '', /lacks the permission to inherit/);
});

test('every answer to a send carries region and trace switch', async () => {
  const broker = await startTestBroker({ config: { regionId: 'R', traceOn: false } });
  const answer = await broker.client.send({ topic: 'bad topic' });
  assert.equal(answer.code, ResponseCode.INVALID_PARAMETER);
  assert.match(answer.remark ?? '', /allowing only \^\[%\|a-zA-Z0-9_-\]\+\$$/);
  assert.deepEqual({ ...answer.extFields }, { MSG_REGION: 'R', TRACE_ON: 'false' });
});

test('topics of the broker refuse sends, also those that Apache accepts', async () => {
  const broker = await startTestBroker();
  const refused = [
    'SCHEDULE_TOPIC_XXXX',
    'RMQ_SYS_TRANS_HALF_TOPIC',
    'RMQ_SYS_TRANS_OP_HALF_TOPIC',
    'OFFSET_MOVED_EVENT',
    'SELF_TEST_TOPIC',
    'TRANS_CHECK_MAX_TIME_TOPIC',
    'rmq_sys_wheel_timer',
    'rmq_sys_REVIVE_LOG_DefaultCluster',
  ];
  for (const topic of refused) {
    const answer = await broker.client.send({ topic });
    assert.equal(answer.code, ResponseCode.NO_PERMISSION, topic);
    assert.match(answer.remark ?? '', /^Sending message to topic\[.*\] is forbidden\./);
  }
  for (const topic of ['TBW102', 'BenchmarkTest', 'rmq_sys_other']) {
    assert.equal((await broker.client.send({ topic })).code, ResponseCode.SUCCESS, topic);
  }
});

test('a queue beyond both queue numbers is refused', async () => {
  const broker = await startTestBroker();
  await broker.client.send({ topic: 'T' });
  assert.equal((await broker.client.send({ topic: 'T', queueId: 3 })).code, ResponseCode.SUCCESS);
  const answer = await broker.client.send({ topic: 'T', queueId: 4 });
  assert.equal(answer.code, ResponseCode.INVALID_PARAMETER);
  assert.match(answer.remark ?? '', /^request queueId\[4\] is illegal, topic\[T\] has 4 write/);
});

test('before startAcceptSendRequestTimeStamp sends are refused, afterwards not', async () => {
  const broker = await startTestBroker({
    config: { startAcceptSendRequestTimeStamp: 1_700_000_005_000 },
  });
  const answer = await broker.client.send({ topic: 'T' });
  assert.equal(answer.code, ResponseCode.SYSTEM_ERROR);
  assert.match(answer.remark ?? '', /^broker unable to service, until 2023-11-14T22:13:25/);
  await broker.clock.advance(5000);
  assert.equal((await broker.client.send({ topic: 'T' })).code, ResponseCode.SUCCESS);
});

test('a broker without write permission refuses ordered topics and stores others', async () => {
  const broker = await startTestBroker({ config: { brokerPermission: 4 } });
  assert.equal((await broker.client.send({ topic: 'T' })).code, ResponseCode.SUCCESS);
  broker.controller.services.topics.markOrdered(['T']);
  const answer = await broker.client.send({ topic: 'T' });
  assert.equal(answer.code, ResponseCode.NO_PERMISSION);
  assert.match(answer.remark ?? '', /^the broker\[10\.0\.0\.1\] sending message is forbidden/);
});

test('delayed, timed and transactional messages are refused, none is stored', async () => {
  const broker = await startTestBroker();
  const cases: [Record<string, string>, RegExp][] = [
    [{ DELAY: '3' }, /does not deliver delayed messages \(property DELAY\)/],
    [{ TIMER_DELAY_SEC: '3' }, /property TIMER_DELAY_SEC/],
    [{ TIMER_DELAY_MS: '3' }, /property TIMER_DELAY_MS/],
    [{ TIMER_DELIVER_MS: '3' }, /property TIMER_DELIVER_MS/],
    [{ TRAN_MSG: 'true' }, /does not process transactional messages/],
  ];
  for (const [properties, text] of cases) {
    const answer = await broker.client.send({ topic: 'T' }, { properties });
    assert.equal(answer.code, ResponseCode.MESSAGE_ILLEGAL);
    assert.match(answer.remark ?? '', text);
  }
  assert.equal(broker.memory.messages('T', 0).length, 0);
  const plain = await broker.client.send({ topic: 'T' }, { properties: { DELAY: '0' } });
  assert.equal(plain.code, ResponseCode.SUCCESS);
});

test('rejectTransactionMessage has its own answer', async () => {
  const broker = await startTestBroker({ config: { rejectTransactionMessage: true } });
  const answer = await broker.client.send({ topic: 'T' }, { properties: { TRAN_MSG: 'true' } });
  assert.equal(answer.code, ResponseCode.NO_PERMISSION);
  assert.match(answer.remark ?? '', /sending transaction message is forbidden$/);
});

test('a retried message is stored at once, its delay kept but ignored', async () => {
  const broker = await startTestBroker();
  const properties = { DELAY: '3', RETRY_TOPIC: 'T', POP_CK: 'x' };
  const retry = { topic: '%RETRY%G', reconsumeTimes: 1, maxReconsumeTimes: 16 };
  const answer = await broker.client.send(retry, { properties });
  assert.equal(answer.code, ResponseCode.SUCCESS);
  const [stored] = broker.memory.messages('%RETRY%G', 0);
  assert.equal(stored?.reconsumeTimes, 1);
  const kept = parseProperties(stored?.properties ?? '');
  assert.deepEqual(
    [kept.get('DELAY'), kept.get('RETRY_TOPIC'), kept.get('POP_CK'), kept.get('CLUSTER')],
    ['3', 'T', undefined, 'DefaultCluster'],
  );
  assert.deepEqual([kept.get('MSG_REGION'), kept.get('TRACE_ON')], ['DefaultRegion', 'true']);
  assert.match(kept.get('UNIQ_KEY') ?? '', /^0A000001[0-9A-F]{24}$/);
  assert.equal(answer.extFields['transactionId'], kept.get('UNIQ_KEY'));
});

test('one retry more than the limit goes to the dead-letter topic', async () => {
  const broker = await startTestBroker();
  const send = (reconsumeTimes: number, version?: number) =>
    broker.client.send(
      { topic: '%RETRY%G', reconsumeTimes, maxReconsumeTimes: 2 },
      version === undefined ? {} : { version },
    );
  await send(2);
  assert.equal(broker.memory.messages('%DLQ%G', 0).length, 0);
  assert.equal((await send(3)).code, ResponseCode.SUCCESS);
  const [dead] = broker.memory.messages('%DLQ%G', 0);
  assert.equal(parseProperties(dead?.properties ?? '').get('DELAY'), '-1');
  assert.equal(broker.controller.services.topics.get('%DLQ%G')?.readQueueNums, 1);
  // Before V3_4_9 the header field means nothing, so the group's 16 holds.
  await send(16, 120);
  assert.equal(broker.memory.messages('%DLQ%G', 0).length, 1);
  await send(17, 120);
  assert.equal(broker.memory.messages('%DLQ%G', 0).length, 2);
});

test('a group that consumes in order dead-letters at once', async () => {
  const broker = await startTestBroker();
  const mqSet = [{ topic: 'T', brokerName: 'broker-a', queueId: 0 }];
  const body = { consumerGroup: 'G', clientId: 'c', onlyThisBroker: false, mqSet };
  await broker.client.call(lockBatchMq.code, undefined, encodeLockBatchBody(body));
  await broker.client.send({ topic: '%RETRY%G', reconsumeTimes: 1 });
  assert.equal(broker.memory.messages('%DLQ%G', 0).length, 1);
  await broker.clock.advance(60_001);
  await broker.client.send({ topic: '%RETRY%G', reconsumeTimes: 1 });
  assert.equal(broker.memory.messages('%DLQ%G', 0).length, 1);
});

test('a retry of a group that may not be created is refused', async () => {
  const broker = await startTestBroker({ config: { autoCreateSubscriptionGroup: false } });
  const answer = await broker.client.send({ topic: '%RETRY%G' });
  assert.equal(answer.code, ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST);
  assert.match(answer.remark ?? '', /^subscription group not exist, G .*updateSubGroup/);
});

test('a priority chooses the queue, and is dropped beside another type', async () => {
  const broker = await startTestBroker();
  const priority = (value: string, more: Record<string, string> = {}) =>
    broker.client.send(
      { topic: 'T', queueId: 1 },
      { properties: { _SYS_MSG_PRIORITY_: value, ...more } },
    );
  assert.equal((await priority('2')).extFields['queueId'], '2');
  assert.equal((await priority('9')).extFields['queueId'], '3');
  assert.equal((await priority('2', { __SHARDINGKEY: 'k' })).extFields['queueId'], '1');
  const [stored] = broker.memory.messages('T', 1);
  assert.equal(parseProperties(stored?.properties ?? '').has('_SYS_MSG_PRIORITY_'), false);
});

test('what the store says becomes Apache’s code, with the store’s own reason', async () => {
  const broker = await startTestBroker();
  const { memory } = broker;
  memory.failure = 'fdatasync failed: EIO';
  const cases: [PutMessageStatus, number, RegExp][] = [
    [PutMessageStatus.MESSAGE_ILLEGAL, 13, /msg body length limit 4194304B/],
    [PutMessageStatus.PROPERTIES_SIZE_EXCEEDED, 13, /msg properties length limit 32KB/],
    [PutMessageStatus.SERVICE_NOT_AVAILABLE, 14, /fdatasync failed: EIO/],
    [PutMessageStatus.CREATE_MAPPED_FILE_FAILED, 1, /^create mapped file failed/],
    [PutMessageStatus.STORE_FAILED, 1, /fdatasync failed: EIO/],
  ];
  for (const [status, code, text] of cases) {
    memory.putStatus = status;
    const answer = await broker.client.send({ topic: '%RETRY%G' });
    assert.equal(answer.code, code);
    assert.match(answer.remark ?? '', text);
  }
});

test('an ordinary send that native code keeps refusing is put by the processor', async () => {
  const broker = await startTestBroker();
  broker.memory.refusesHot = true;
  const answer = await broker.client.send({ topic: 'T', queueId: -1 });
  assert.equal(answer.code, ResponseCode.SUCCESS);
  assert.equal(broker.memory.puts.length, 1);
});

test('properties of 32 767 bytes are stored, one byte more is refused', async () => {
  const broker = await startTestBroker();
  broker.memory.refusesHot = true;
  await broker.client.send({ topic: 'T' }, { properties: { UNIQ_KEY: 'U', P: '' } });
  const overhead = broker.memory.puts[0]?.properties.length ?? 0;
  const send = (size: number) =>
    broker.client.send({ topic: 'T' }, { properties: { UNIQ_KEY: 'U', P: 'x'.repeat(size) } });
  // `P`, 0x01 and 0x02 come on top of the value.
  const fitting = 32_767 - overhead - 3;
  assert.equal((await send(fitting)).code, ResponseCode.SUCCESS);
  assert.equal((await send(fitting + 1)).code, ResponseCode.MESSAGE_ILLEGAL);
});

async function sendBatch(
  broker: TestBroker,
  topic: string,
  body: Uint8Array,
  more: { sysFlag?: number; properties?: string } = {},
) {
  const header = toSendMessageV2({
    producerGroup: 'PG',
    topic,
    defaultTopic: 'TBW102',
    defaultTopicQueueNums: 4,
    queueId: 0,
    sysFlag: 0,
    bornTimestamp: 1,
    flag: 0,
    batch: true,
    ...more,
  });
  const fields = sendBatchMessage.request.encode(header);
  return await broker.client.call(sendBatchMessage.code, fields, body);
}

test('batches are refused for what no batch may be', async () => {
  const broker = await startTestBroker({ config: { maxMessageSize: 1000 } });
  const item = { flag: 0, properties: '', body: new Uint8Array(10) };
  const batch = encodeMessageBatch([item, item]);
  const refused: [Awaited<ReturnType<typeof sendBatch>>, RegExp][] = [
    [await sendBatch(broker, '%RETRY%G', batch), /^batch request does not support retry group/],
    [await sendBatch(broker, 'T', batch, { sysFlag: 4 }), /cannot be transactional/],
    [
      await sendBatch(broker, 'T', batch, { properties: 'DELAY\u00013\u0002' }),
      /cannot be delayed \(property DELAY\)/,
    ],
    [await sendBatch(broker, 'T', new Uint8Array(1001)), /the batch has 1001 bytes, 1000 at most/],
    [await sendBatch(broker, 'T', batch.subarray(0, batch.length - 1)), /does not fit/],
    [await sendBatch(broker, 'T', new Uint8Array(0)), /the message is illegal/],
  ];
  for (const [answer, text] of refused) {
    assert.equal(answer.code, ResponseCode.MESSAGE_ILLEGAL);
    assert.match(answer.remark ?? '', text);
  }
  // The double never serves batches natively: the refusal names the store's reason.
  broker.memory.error = 'no room';
  const answer = await sendBatch(broker, 'T', batch);
  assert.equal(answer.remark, 'the batch was not stored: no room');
});

test('a header that lacks a field is answered with its name', async () => {
  const broker = await startTestBroker();
  const answer = await broker.client.call(sendBatchMessage.code, undefined, new Uint8Array(1));
  assert.equal(answer.code, ResponseCode.SYSTEM_ERROR);
  assert.match(answer.remark ?? '', /lacks the field a/);
});

test('sends that wait for their new topic keep their order until it is durable', async () => {
  const files = new MemoryFiles();
  const broker = await startTestBroker({ files });
  let open = (): void => {};
  files.gate = new Promise((resolve) => {
    open = resolve;
  });
  const bodies = ['one', 'two', 'three'];
  const answers = bodies.map((body) => broker.client.send({ topic: 'T' }, { body }));
  await broker.clock.advance(20);
  assert.equal(broker.memory.topics.has('T'), false);
  assert.equal(broker.memory.messages('T', 0).length, 0);
  open();
  await broker.clock.advance(20);
  for (const answer of answers) assert.equal((await answer).code, ResponseCode.SUCCESS);
  const stored = broker.memory.messages('T', 0).map(({ body }) => new TextDecoder().decode(body));
  assert.deepEqual(stored, bodies);
  assert.match(files.text('store/config/topics.json') ?? '', /"T":/);
});

test('a topic whose file cannot be written works all the same', async () => {
  const files = new MemoryFiles();
  const broker = await startTestBroker({ files });
  files.failing = 'write store/config/topics.json';
  assert.equal((await broker.client.send({ topic: 'T' })).code, ResponseCode.SUCCESS);
  assert.equal(broker.log.complaints('a table cannot be written').length, 1);
  files.failing = undefined;
  await broker.clock.advance(10_000);
  assert.match(files.text('store/config/topics.json') ?? '', /"T":/);
});

test('a topic that is deleted while it is being made stays deleted', async () => {
  const files = new MemoryFiles();
  const broker = await startTestBroker({ files });
  const { topics } = broker.controller.services;
  const wanted = { topic: 'T', defaultTopic: 'TBW102', defaultTopicQueueNums: 4 };
  topics.createForSend({ ...wanted, topicSysFlag: 0, remote: 'test' });
  await topics.delete('T');
  await topics.creation('T');
  assert.equal(broker.memory.topics.has('T'), false);
});

test('a compaction topic of another broker needs keys', async () => {
  const files = new MemoryFiles();
  const table = '{"C":{"topicName":"C","attributes":{"cleanup.policy":"COMPACTION"}}}';
  files.setText('store/config/topics.json', `{"topicConfigTable":${table}}`);
  const broker = await startTestBroker({ files });
  const refused = await broker.client.send({ topic: 'C' });
  assert.deepEqual([refused.code, refused.remark], [13, 'Required message key is missing']);
  const keyed = await broker.client.send({ topic: 'C' }, { properties: { KEYS: 'k' } });
  assert.equal(keyed.code, ResponseCode.SUCCESS);
});
