// SPDX-License-Identifier: Apache-2.0
/**
 * Goal: pulls that native code leaves are checked in Apache's order, with its codes and forbidden
 * types, and those it cannot serve are read and wait here.
 * Method: a broker over a store whose pulls always come back as cold.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RequestCode, ResponseCode } from '../../../src/protocol/codes.ts';
import { pullMessage } from '../../../src/protocol/commands/pull-message.ts';
import { decodeFrame, encodeFrame } from '../../../src/protocol/frame.ts';
import { decodeMessageRecords } from '../../../src/protocol/message-record.ts';
import { createRequest, createResponse } from '../../../src/protocol/remoting-command.ts';
import { ColdReason } from '../../../src/store/message-store.ts';
import { BROKER_ADDRESS, startTestBroker, type TestBroker } from '../../helpers/test-broker.ts';

interface Wish {
  readonly topic?: string;
  readonly queueId?: number;
  readonly queueOffset?: number;
  readonly sysFlag?: number;
  readonly subscription?: string;
  readonly expressionType?: string;
  readonly subVersion?: bigint;
  readonly suspendTimeoutMillis?: number;
  readonly commitOffset?: number;
  readonly code?: number;
  readonly waitMs?: number;
}

function pullFields(header: Wish) {
  return pullMessage.request.encode({
    consumerGroup: 'G',
    topic: 'T',
    queueId: 0,
    queueOffset: 0,
    maxMsgNums: 32,
    sysFlag: 0,
    commitOffset: 0,
    suspendTimeoutMillis: 0,
    subVersion: 0n,
    ...header,
  });
}

async function pull(broker: TestBroker, wish: Wish = {}) {
  const { code = RequestCode.PULL_MESSAGE, waitMs, ...header } = wish;
  const fields = pullFields(header);
  const options = waitMs === undefined ? {} : { waitMs };
  return await broker.client.call(code, fields, undefined, options);
}

/** A broker with topic T, one message tagged A, and a consumer of it. */
async function ready(config = {}): Promise<TestBroker> {
  const broker = await startTestBroker({ config });
  await broker.client.send({ topic: 'T' }, { properties: { UNIQ_KEY: 'U', TAGS: 'A' } });
  await broker.client.heartbeat({ group: 'G', subscriptions: [{ topic: 'T' }] });
  return broker;
}

test('each refusal has its code, its forbidden type and its cause', async () => {
  const cases: [Awaited<ReturnType<typeof pull>>, number, string | undefined, RegExp][] = [];
  const noRead = await ready({ brokerPermission: 2 });
  cases.push([await pull(noRead), 16, '1', /brokerPermission is 2, which lacks read/]);
  const noLite = await ready({ litePullMessageEnable: false });
  const lite = await pull(noLite, { code: RequestCode.LITE_PULL_MESSAGE });
  cases.push([lite, 16, '1', /litePullMessageEnable is false/]);
  const noGroup = await ready({ autoCreateSubscriptionGroup: false });
  cases.push([await pull(noGroup), 26, undefined, /^subscription group \[G\] does not exist/]);

  const broker = await ready();
  const { groups, topics } = broker.controller.services;
  const group = groups.find('G');
  assert.ok(group !== undefined);
  const unknown = await pull(broker, { topic: 'Nope' });
  cases.push([unknown, 17, undefined, /^topic\[Nope\] not exist, apply first please!/]);
  const queue = await pull(broker, { queueId: 4 });
  cases.push([queue, 29, undefined, /^queueId\[4\] is illegal, .*readQueueNums:\[4\]/]);
  cases.push([await pull(broker, { queueId: -1 }), 29, undefined, /queueId\[-1\]/]);
  await broker.client.send({ topic: 'Other' });
  const other = await pull(broker, { topic: 'Other' });
  cases.push([other, 24, undefined, /group G subscribes T\. All members/]);
  const bad = await pull(broker, { sysFlag: 4, subscription: ' || ' });
  cases.push([bad, 23, undefined, /^parse the consumer's subscription failed/]);
  const sql = await pull(broker, { sysFlag: 4, subscription: 'a > 1', expressionType: 'SQL92' });
  cases.push([sql, 1, undefined, /^The broker does not support .* SQL92/]);

  const writeOnly = topics.get('T');
  assert.ok(writeOnly !== undefined);
  await topics.update([{ ...writeOnly, perm: 2, attributes: new Map() }]);
  cases.push([await pull(broker), 16, '3', /the topic\[T\] pulling message is forbidden/]);
  await groups.update([{ ...group, consumeEnable: false, attributes: new Map() }]);
  cases.push([await pull(broker), 16, '2', /no permission, G: its consumeEnable is false/]);

  for (const [answer, code, forbiddenType, text] of cases) {
    assert.equal(answer.code, code, answer.remark);
    assert.equal(answer.extFields['forbiddenType'], forbiddenType);
    assert.match(answer.remark ?? '', text);
  }
});

test('a group that is offline, or broadcasts against its setting, is refused', async () => {
  const broker = await startTestBroker();
  await broker.client.send({ topic: 'T' });
  const offline = await pull(broker);
  assert.equal(offline.code, ResponseCode.SUBSCRIPTION_NOT_EXIST);
  assert.match(offline.remark ?? '', /^the consumer's group info not exist: no member of G/);
  const { groups } = broker.controller.services;
  const group = groups.find('G');
  assert.ok(group !== undefined);
  await groups.update([{ ...group, consumeBroadcastEnable: false, attributes: new Map() }]);
  assert.equal(broker.memory.groups.get('G')?.hotPull, false);
  const model = 'BROADCASTING';
  await broker.client.heartbeat({ group: 'G', model, subscriptions: [{ topic: 'T' }] });
  const refused = await pull(broker);
  assert.deepEqual([refused.code, refused.extFields['forbiddenType']], [16, '4']);
});

test('a forbidden topic of the forbidden table is refused', async () => {
  const broker = await startTestBroker();
  broker.files.setText(
    'store/config/subscriptionGroup.json',
    '{"forbiddenTable":{"G":{"T":4}},"subscriptionGroupTable":{"G":{"groupName":"G"}}}',
  );
  await broker.controller.services.groups.load();
  await broker.client.send({ topic: 'T' });
  await broker.client.heartbeat({ group: 'G', subscriptions: [{ topic: 'T' }] });
  const refused = await pull(broker);
  assert.deepEqual([refused.code, refused.extFields['forbiddenType']], [16, '5']);
});

test('messages are read with the bounds of the queue, filtered by tag', async () => {
  const broker = await ready();
  const all = await pull(broker);
  assert.equal(all.code, ResponseCode.SUCCESS);
  assert.equal(all.remark, 'FOUND');
  assert.equal(decodeMessageRecords(all.body ?? new Uint8Array(0)).length, 1);
  assert.deepEqual(
    { ...all.extFields },
    {
      suggestWhichBrokerId: '0',
      nextBeginOffset: '1',
      minOffset: '0',
      maxOffset: '1',
      offsetDelta: '0',
      topicSysFlag: '0',
      groupSysFlag: '0',
    },
  );
  assert.equal((await pull(broker, { sysFlag: 4, subscription: 'A || B' })).code, 0);
  const none = await pull(broker, { sysFlag: 4, subscription: 'B' });
  assert.deepEqual([none.code, none.extFields['nextBeginOffset']], [20, '1']);
});

test('offsets outside the queue are corrected', async () => {
  const broker = await ready();
  const moved = await pull(broker, { queueOffset: 9 });
  assert.deepEqual([moved.code, moved.extFields['nextBeginOffset']], [21, '1']);
  assert.equal(moved.remark, 'OFFSET_OVERFLOW_BADLY');
  const empty = await pull(broker, { queueId: 1, queueOffset: 5 });
  assert.deepEqual([empty.code, empty.extFields['nextBeginOffset']], [21, '0']);
  assert.equal((await pull(broker, { queueId: 1 })).code, ResponseCode.PULL_NOT_FOUND);
});

test('a subscription newer than the one registered is served without the old filter', async () => {
  const broker = await startTestBroker();
  await broker.client.send({ topic: 'T' }, { properties: { UNIQ_KEY: 'U', TAGS: 'B' } });
  const subscriptions = [{ topic: 'T', expression: 'A', version: 5n }];
  await broker.client.heartbeat({ group: 'G', subscriptions });
  assert.equal((await pull(broker, { subVersion: 5n })).code, ResponseCode.PULL_RETRY_IMMEDIATELY);
  assert.equal((await pull(broker, { subVersion: 6n })).code, ResponseCode.SUCCESS);
});

test('a commit that a pull carries is kept', async () => {
  const broker = await ready();
  await pull(broker, { sysFlag: 1, commitOffset: 1 });
  assert.equal(broker.store.queryOffset('G', 'T', 0), 1);
});

test('a pull that may wait gets the message that comes meanwhile', async () => {
  const broker = await ready();
  const wish = { queueOffset: 1, sysFlag: 2, suspendTimeoutMillis: 15_000, waitMs: 3000 };
  const waiting = pull(broker, wish);
  await broker.newClient().send({ topic: 'T' });
  const answer = await waiting;
  assert.deepEqual([answer.code, answer.extFields['nextBeginOffset']], [0, '2']);
});

test('a pull waits no longer than it asked to, or shortly where long polling is off', async () => {
  for (const [config, holdMs] of [
    [{}, 15_000],
    [{ longPollingEnable: false }, 1000],
  ] as const) {
    const broker = await ready(config);
    const startMs = broker.clock.nowMs();
    let answeredMs = 0;
    const fields = pullFields({ queueOffset: 1, sysFlag: 2, suspendTimeoutMillis: 15_000 });
    const request = createRequest(RequestCode.PULL_MESSAGE, fields);
    const { remoting } = broker.client;
    const answer = remoting.invoke(BROKER_ADDRESS, request, { timeoutMs: 60_000 });
    const done = answer.then(() => {
      answeredMs = broker.clock.nowMs();
    });
    await broker.clock.advance(20_000);
    await done;
    assert.equal((await answer).code, ResponseCode.PULL_NOT_FOUND);
    assert.ok(answeredMs - startMs >= holdMs && answeredMs - startMs < holdMs + 300);
  }
});

test('rejectPullConsumerEnable refuses who did not register', async () => {
  const broker = await startTestBroker({ config: { rejectPullConsumerEnable: true } });
  await broker.client.send({ topic: 'T' });
  const refused = await pull(broker, { sysFlag: 4, subscription: '*' });
  assert.equal(refused.code, ResponseCode.SUBSCRIPTION_NOT_EXIST);
  assert.match(refused.remark ?? '', /rejectPullConsumerEnable is true/);
  await broker.client.heartbeat({ group: 'G', subscriptions: [{ topic: 'T' }] });
  assert.equal((await pull(broker, { sysFlag: 4, subscription: '*' })).code, ResponseCode.SUCCESS);
});

test('a pull for the disk goes to the read pool, whose reply is sent as it is', async () => {
  const frames: Uint8Array[] = [];
  const broker = await startTestBroker({
    serveColdPull: async (frame) => {
      frames.push(frame);
      return encodeFrame(createResponse(decodeFrame(frame), 0, { remark: 'from the pool' }));
    },
  });
  await broker.client.send({ topic: 'T' });
  broker.memory.pullReason = ColdReason.COLD_READ;
  const answer = await pull(broker);
  assert.equal(frames.length, 1);
  assert.equal(answer.remark, 'from the pool');
});

test('what the pool leaves undecided, or fails at, is read by the processor', async () => {
  for (const fail of [false, true]) {
    let asked = 0;
    const broker: TestBroker = await startTestBroker({
      serveColdPull: async () => {
        asked += 1;
        broker.memory.pullReason = ColdReason.CHECKS;
        if (fail) throw new Error('worker gone');
        return undefined;
      },
    });
    await broker.client.send({ topic: 'T' });
    await broker.client.heartbeat({ group: 'G', subscriptions: [{ topic: 'T' }] });
    broker.memory.pullReason = ColdReason.COLD_READ;
    assert.equal((await pull(broker)).code, ResponseCode.SUCCESS);
    assert.equal(asked, 1);
    assert.equal(broker.log.complaints('the read pool failed').length, fail ? 1 : 0);
  }
});
