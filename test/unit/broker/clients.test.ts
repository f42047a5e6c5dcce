// SPDX-License-Identifier: Apache-2.0
/**
 * Goal: heartbeats register clients by Apache's rules, and members of a group learn of changes.
 * Method: a broker in memory with several clients; time is moved by hand.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RequestCode, ResponseCode } from '../../../src/protocol/codes.ts';
import {
  checkClientConfig,
  encodeCheckClientBody,
} from '../../../src/protocol/commands/check-client-config.ts';
import {
  decodeConsumerIdList,
  getConsumerListByGroup,
} from '../../../src/protocol/commands/get-consumer-list-by-group.ts';
import { unregisterClient } from '../../../src/protocol/commands/unregister-client.ts';
import { newSubscriptionData } from '../../../src/protocol/subscription.ts';
import { startTestBroker, type TestBroker, type TestClient } from '../../helpers/test-broker.ts';

const onT = [{ topic: 'T' }];

/** Groups of the notices (code 40) that the client gets from now on. */
function noticesOf(client: TestClient): string[] {
  const groups: string[] = [];
  client.remoting.handleRequests(RequestCode.NOTIFY_CONSUMER_IDS_CHANGED, (request) => {
    groups.push(request.extFields['consumerGroup'] ?? '');
    return undefined;
  });
  return groups;
}

async function consumerIds(broker: TestBroker, group: string): Promise<string[] | undefined> {
  const fields = getConsumerListByGroup.request.encode({ consumerGroup: group });
  const answer = await broker.client.call(getConsumerListByGroup.code, fields);
  if (answer.code === ResponseCode.SUCCESS) return decodeConsumerIdList(answer.body);
  assert.equal(answer.code, ResponseCode.SYSTEM_ERROR);
  assert.equal(answer.remark, `no consumer for this group, ${group}`);
  return undefined;
}

test('a heartbeat makes the group and its retry topic, and lists the client', async () => {
  const broker = await startTestBroker();
  const answer = await broker.client.heartbeat({ group: 'G', clientId: 'c1', subscriptions: onT });
  assert.deepEqual(
    { ...answer.extFields },
    {
      IS_SUPPORT_HEART_BEAT_V2: 'true',
      IS_SUB_CHANGE: 'true',
    },
  );
  assert.equal(answer.version, 513);
  assert.deepEqual(await consumerIds(broker, 'G'), ['c1']);
  assert.equal(broker.controller.services.topics.get('%RETRY%G')?.readQueueNums, 1);
  assert.ok(broker.controller.services.groups.has('G'));
});

test('a group that may not be created is skipped', async () => {
  const broker = await startTestBroker({ config: { autoCreateSubscriptionGroup: false } });
  const answer = await broker.client.heartbeat({ group: 'G', subscriptions: onT });
  assert.equal(answer.code, ResponseCode.SUCCESS);
  assert.equal(await consumerIds(broker, 'G'), undefined);
  await broker.client.heartbeat({ group: 'CID_RMQ_SYS_X', subscriptions: onT });
  assert.deepEqual(await consumerIds(broker, 'CID_RMQ_SYS_X'), ['client-1']);
});

test('an illegal group name creates nothing', async () => {
  const broker = await startTestBroker();
  await broker.client.heartbeat({ group: 'bad group', subscriptions: onT });
  assert.equal(broker.controller.services.groups.has('bad group'), false);
});

test('members learn of a new member, not of a repeated heartbeat or a newer version', async () => {
  const broker = await startTestBroker();
  const [one, two] = [broker.newClient(), broker.newClient()];
  const notices = noticesOf(one);
  await one.heartbeat({ group: 'G', clientId: 'c1', subscriptions: onT });
  assert.deepEqual(notices.splice(0), ['G']);
  await one.heartbeat({ group: 'G', clientId: 'c1', subscriptions: onT });
  await one.heartbeat({ group: 'G', clientId: 'c1', subscriptions: [{ topic: 'T', version: 2n }] });
  assert.deepEqual(notices, []);
  await two.heartbeat({ group: 'G', clientId: 'c2', subscriptions: onT });
  assert.deepEqual(notices.splice(0), ['G']);
  const more = [{ topic: 'T' }, { topic: 'T2' }];
  await two.heartbeat({ group: 'G', clientId: 'c2', subscriptions: more });
  assert.deepEqual(notices.splice(0), ['G']);
});

test('members learn when one leaves, by request or by a closed connection', async () => {
  const broker = await startTestBroker();
  const [one, two, three] = [broker.newClient(), broker.newClient(), broker.newClient()];
  await one.heartbeat({ group: 'G', clientId: 'c1', subscriptions: onT });
  await two.heartbeat({ group: 'G', clientId: 'c2', subscriptions: onT });
  await three.heartbeat({ group: 'G', clientId: 'c3', subscriptions: onT });
  const notices = noticesOf(one);
  const leave = { clientID: 'c2', consumerGroup: 'G', producerGroup: '' };
  await two.call(unregisterClient.code, unregisterClient.request.encode(leave));
  assert.deepEqual(notices.splice(0), ['G']);
  await three.remoting.close();
  await broker.clock.advance(10);
  assert.deepEqual(notices.splice(0), ['G']);
  assert.deepEqual(await consumerIds(broker, 'G'), ['c1']);
  await one.remoting.close();
  await broker.clock.advance(10);
  assert.equal(await consumerIds(broker, 'G'), undefined);
  assert.equal(broker.memory.subscriptions.size, 0);
});

test('broadcasting groups and groups that opted out get no notices', async () => {
  const broker = await startTestBroker();
  const { groups } = broker.controller.services;
  const config = groups.find('Quiet');
  assert.ok(config !== undefined);
  await groups.update([
    { ...config, notifyConsumerIdsChangedEnable: false, attributes: new Map() },
  ]);
  const one = broker.newClient();
  const notices = noticesOf(one);
  await one.heartbeat(
    { group: 'B', clientId: 'c1', model: 'BROADCASTING', subscriptions: onT },
    { group: 'Quiet', subscriptions: onT },
  );
  const two = broker.newClient();
  await two.heartbeat({ group: 'Quiet', clientId: 'c2', subscriptions: onT });
  await two.remoting.close();
  await broker.clock.advance(10);
  assert.deepEqual(notices, []);
});

test('a client without heartbeat for 120 s is dropped and the others are told', async () => {
  const broker = await startTestBroker();
  const [one, two] = [broker.newClient(), broker.newClient()];
  await two.heartbeat({ group: 'G', clientId: 'c2', subscriptions: onT });
  for (let seconds = 0; seconds < 120; seconds += 30) {
    await one.heartbeat({ group: 'G', clientId: 'c1', subscriptions: onT });
    // The connection itself stays busy, only its heartbeats are missing.
    await two.call(RequestCode.GET_MAX_OFFSET, { topic: 'T', queueId: '0' });
    await broker.clock.advance(30_000);
  }
  const notices = noticesOf(one);
  await one.heartbeat({ group: 'G', clientId: 'c1', subscriptions: onT });
  await broker.clock.advance(10_000);
  assert.deepEqual(notices, ['G']);
  assert.deepEqual(await consumerIds(broker, 'G'), ['c1']);
});

test('only a greater version replaces a subscription, missing topics are removed', async () => {
  const broker = await startTestBroker();
  const beat = (version: bigint, expression: string) =>
    broker.client.heartbeat({
      group: 'G',
      subscriptions: [{ topic: 'T', expression, version }, { topic: 'T2' }],
    });
  await beat(5n, 'A');
  await beat(5n, 'B');
  const { consumers } = broker.controller.services;
  assert.equal(consumers.subscription('G', 'T')?.subString, 'A');
  await beat(6n, 'TagA || TagB');
  assert.equal(consumers.subscription('G', 'T')?.subString, 'TagA || TagB');
  const compiled = broker.memory.subscriptions.get('T@G');
  assert.deepEqual([...(compiled?.codes ?? [])], [2598919, 2598920]);
  assert.equal(compiled?.subVersion, 6n);
  assert.deepEqual([...(broker.memory.subscriptions.get('T2@G')?.codes ?? [1])], []);
  await broker.client.heartbeat({ group: 'G', subscriptions: [{ topic: 'T2' }] });
  assert.equal(consumers.subscription('G', 'T'), undefined);
  assert.equal(broker.memory.subscriptions.has('T@G'), false);
});

test('versions beyond 2^53 are compared exactly, as Go sends nanoseconds', async () => {
  const broker = await startTestBroker();
  const beat = (version: bigint, expression: string) =>
    broker.client.heartbeat({ group: 'G', subscriptions: [{ topic: 'T', expression, version }] });
  await beat(1_700_000_000_000_000_001n, 'A');
  await beat(1_700_000_000_000_000_002n, 'B');
  assert.equal(broker.controller.services.consumers.subscription('G', 'T')?.subString, 'B');
});

test('an expression of another type reaches native code as not compiled', async () => {
  const broker = await startTestBroker();
  const subscriptions = [{ topic: 'T', expression: 'a > 1', expressionType: 'SQL92' }];
  await broker.client.heartbeat({ group: 'G', subscriptions });
  assert.equal(broker.memory.subscriptions.get('T@G')?.codes, undefined);
});

test('members that subscribe differently are one loud warning with both sides', async () => {
  const broker = await startTestBroker();
  const [one, two] = [broker.newClient(), broker.newClient()];
  const beats = async (expression: string) => {
    await one.heartbeat({ group: 'G', clientId: 'c1', subscriptions: onT });
    const subscriptions = [{ topic: 'T', expression }];
    await two.heartbeat({ group: 'G', clientId: 'c2', subscriptions });
  };
  await beats('A');
  await beats('A');
  const [warning, ...more] = broker.log.complaints('subscribe differently');
  assert.equal(more.length, 0);
  assert.deepEqual(
    [warning?.fields['group'], warning?.fields['subscribes'], warning?.fields['otherSubscribes']],
    ['G', 'T:A', 'T:*'],
  );
  await beats('*');
  await beats('B');
  assert.equal(broker.log.complaints('subscribe differently').length, 2);
});

test('heartbeat V2 asks for a full heartbeat only when the fingerprint changed', async () => {
  const broker = await startTestBroker();
  const beat = async (fingerprint: number, withoutSub: boolean) => {
    const subscriptions = withoutSub ? [] : onT;
    const wish = { group: 'G', subscriptions, fingerprint, withoutSub };
    return (await broker.client.heartbeat(wish)).extFields['IS_SUB_CHANGE'];
  };
  assert.equal(await beat(7, false), 'false');
  assert.equal(await beat(7, true), 'false');
  assert.ok(broker.controller.services.consumers.subscription('G', 'T') !== undefined);
  assert.equal(await beat(8, true), 'true');
});

test('rejectPullConsumerEnable is only about active consumers', async () => {
  const broker = await startTestBroker({ config: { rejectPullConsumerEnable: true } });
  await broker.client.heartbeat({ group: 'G', subscriptions: onT });
  assert.deepEqual(await consumerIds(broker, 'G'), ['client-1']);
});

test('client checks accept tags and refuse what the broker cannot filter', async () => {
  const broker = await startTestBroker();
  const check = (expressionType: string) => {
    const subscriptionData = newSubscriptionData('T', 'a', { expressionType });
    const body = encodeCheckClientBody({ clientId: 'c', group: 'G', subscriptionData });
    return broker.client.call(checkClientConfig.code, undefined, body);
  };
  assert.equal((await check('TAG')).code, ResponseCode.SUCCESS);
  const refused = await check('SQL92');
  assert.equal(refused.code, ResponseCode.SYSTEM_ERROR);
  assert.match(
    refused.remark ?? '',
    /^The broker does not support consumer to filter message by SQL92/,
  );
});

test('a heartbeat that is no JSON is an error for that client alone', async () => {
  const broker = await startTestBroker();
  const answer = await broker.client.call(
    RequestCode.HEART_BEAT,
    undefined,
    new TextEncoder().encode('{'),
  );
  assert.equal(answer.code, ResponseCode.SYSTEM_ERROR);
  assert.equal((await broker.client.heartbeat()).code, ResponseCode.SUCCESS);
  assert.equal(broker.controller.services.producers.clientsOf('PG').length, 1);
});
