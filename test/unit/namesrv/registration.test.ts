// SPDX-License-Identifier: Apache-2.0
/**
 * Goal: registrations, signs of life and leavings change the tables as Apache's do. Method: the
 * steps of namesrv §4.1 and §4.3 one by one through the processors, time moved by hand.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { bodyCrc32 } from '../../../src/protocol/crc32.ts';
import { encodeCompressedRegisterBrokerBody } from '../../../src/protocol/register-broker-body.ts';
import { newTopicConfig } from '../../../src/protocol/topic-config.ts';
import { decodeTopicRouteData, type TopicRouteData } from '../../../src/protocol/topic-route.ts';
import { textOf, utf8 } from '../../helpers/bytes.ts';
import { NamesrvFixture, PeerDouble, settled } from '../../helpers/namesrv-fixture.ts';

async function routeOf(fixture: NamesrvFixture, topic = 'T'): Promise<TopicRouteData | undefined> {
  const answer = await fixture.ask(105, { topic });
  return answer.code === 0 ? decodeTopicRouteData(answer.body) : undefined;
}

async function permOf(fixture: NamesrvFixture, topic = 'T'): Promise<number | undefined> {
  return (await routeOf(fixture, topic))?.queueDatas[0]?.perm;
}

async function addressesOf(fixture: NamesrvFixture): Promise<[number, string][]> {
  return [...((await routeOf(fixture))?.brokerDatas[0]?.brokerAddrs ?? [])];
}

const extra = { enableActingMaster: 'true' };

test('a registered broker serves its topics', async () => {
  const fixture = new NamesrvFixture();
  const answer = await fixture.register({});
  assert.deepEqual([answer.code, answer.opaque, { ...answer.extFields }], [0, 77, {}]);
  assert.equal(
    textOf((await fixture.ask(105, { topic: 'T' })).body),
    '{"brokerDatas":[{"brokerAddrs":{"0":"10.1.0.0:10911"},"brokerName":"a","cluster":"C",' +
      '"enableActingMaster":false}],"filterServerTable":{},"queueDatas":[{"brokerName":"a",' +
      '"perm":6,"readQueueNums":4,"topicSysFlag":0,"writeQueueNums":4}]}',
  );
});

test('a body whose checksum is wrong is refused, 0 is no checksum', async () => {
  const fixture = new NamesrvFixture();
  const wrong = await fixture.register({ extra: { bodyCrc32: '1' } });
  assert.deepEqual([wrong.code, wrong.remark], [1, 'crc32 not match']);
  assert.equal((await fixture.register({ extra: { bodyCrc32: '0' } })).code, 0);
});

test('a compressed registration is taken although its header denies it', async () => {
  const fixture = new NamesrvFixture();
  const body = encodeCompressedRegisterBrokerBody(
    {
      dataVersion: { stateVersion: 0, timestamp: 1, counter: 1 },
      topicConfigTable: new Map(['T', 'U'].map((name) => [name, newTopicConfig(name)])),
      topicQueueMappingInfoTable: new Map(),
      filterServerList: ['f:1'],
    },
    (bytes) => deflateSync(bytes),
  );
  const header = {
    brokerName: 'a',
    brokerAddr: '1.1.1.1:10911',
    clusterName: 'C',
    haServerAddr: '1.1.1.1:10912',
    brokerId: '0',
    compressed: 'false',
    bodyCrc32: String(bodyCrc32(body)),
  };
  assert.equal((await fixture.ask(103, header, { body })).code, 0);
  const route = await routeOf(fixture);
  assert.equal(route?.queueDatas[0]?.readQueueNums, 16);
  assert.deepEqual([...(route?.filterServerTable ?? [])], [['1.1.1.1:10911', ['f:1']]]);
});

test('one topic alone cannot be a first registration, later it is an increment', async () => {
  const fixture = new NamesrvFixture();
  const early = await fixture.register({ topics: ['T'] });
  assert.deepEqual([early.code, early.remark], [1, 'register broker failed']);
  assert.equal(await routeOf(fixture), undefined);
  assert.equal((await fixture.register({ topics: ['A', 'B'] })).code, 0);
  assert.equal((await fixture.register({ topics: ['T'], counter: 2 })).code, 0);
  assert.notEqual(await routeOf(fixture, 'A'), undefined);
  assert.notEqual(await routeOf(fixture), undefined);
});

test('a broker of an older state does not take the id of a live one', async () => {
  const fixture = new NamesrvFixture();
  await fixture.register({ addr: '1.1.1.1:1', stateVersion: 2 });
  assert.equal((await fixture.register({ addr: '2.2.2.2:2', stateVersion: 1 })).code, 0);
  assert.deepEqual(await addressesOf(fixture), [[0, '1.1.1.1:1']]);
  await fixture.register({ addr: '2.2.2.2:2', stateVersion: 2 });
  assert.deepEqual(await addressesOf(fixture), [[0, '2.2.2.2:2']]);
});

test('a slave learns its master; as master it leaves its old id', async () => {
  const fixture = new NamesrvFixture();
  await fixture.register({});
  const slave = await fixture.register({ id: 1, addr: '1.1.1.2:10911' });
  assert.deepEqual(
    { ...slave.extFields },
    {
      masterAddr: '10.1.0.0:10911',
      haServerAddr: '10.1.0.0:109119',
    },
  );
  await fixture.register({ id: 0, addr: '1.1.1.2:10911' });
  assert.deepEqual(await addressesOf(fixture), [[0, '1.1.1.2:10911']]);
});

test('only a changed version changes topics, and a registration removes none', async () => {
  const fixture = new NamesrvFixture();
  await fixture.register({});
  const fewer = newTopicConfig('T', { readQueueNums: 1, writeQueueNums: 1 });
  await fixture.register({ topics: [fewer, 'V'] });
  assert.equal((await routeOf(fixture))?.queueDatas[0]?.readQueueNums, 4);
  assert.notEqual(await routeOf(fixture, 'V'), undefined, 'a topic it did not have is taken');
  await fixture.register({ topics: [fewer, 'V'], counter: 2 });
  assert.equal((await routeOf(fixture))?.queueDatas[0]?.readQueueNums, 1);
  assert.notEqual(await routeOf(fixture, 'U'), undefined);
});

test('deleteTopicWithBrokerRegistration removes what a registration does not name', async () => {
  const fixture = new NamesrvFixture({ deleteTopicWithBrokerRegistration: true });
  await fixture.register({});
  await fixture.register({ name: 'b', addr: '2.2.2.2:1', topics: ['U', 'X'] });
  await fixture.register({ topics: ['T', 'V'], counter: 2 });
  assert.deepEqual(
    (await routeOf(fixture, 'U'))?.queueDatas.map((data) => data.brokerName),
    ['b'],
  );
});

test('a slave sets topics only if it may act as master, and then without writes', async () => {
  const fixture = new NamesrvFixture();
  await fixture.register({ id: 1 });
  assert.equal(await routeOf(fixture), undefined);
  await fixture.register({ id: 1, extra });
  assert.equal(await permOf(fixture), 4);
});

test('a broker leaves on request, on close and after silence', async () => {
  const fixture = new NamesrvFixture();
  await fixture.controller.start();
  const peer = new PeerDouble();
  await fixture.register({}, peer);
  const leaving = {
    brokerName: 'a',
    brokerAddr: '10.1.0.0:10911',
    clusterName: 'C',
    brokerId: '0',
  };
  assert.equal((await fixture.ask(104, leaving)).code, 0);
  await settled();
  assert.equal(await routeOf(fixture), undefined);
  assert.equal(
    textOf((await fixture.ask(106)).body),
    '{"brokerAddrTable":{},"clusterAddrTable":{}}',
  );
  await fixture.register({}, peer);
  fixture.controller.onPeerClose(new PeerDouble());
  await settled();
  assert.notEqual(await routeOf(fixture), undefined, 'another connection closed');
  fixture.controller.onPeerClose(peer);
  await settled();
  assert.equal(await routeOf(fixture), undefined);
  await fixture.register({}, peer);
  fixture.clock.advance(120_000);
  await settled();
  assert.notEqual(await routeOf(fixture), undefined, 'silent for exactly its limit');
  fixture.clock.advance(5_000);
  await settled();
  assert.equal(await routeOf(fixture), undefined);
  assert.match(peer.closedBecause ?? '', /no registration or heartbeat/);
  fixture.controller.close();
});

test('a broker’s own limit counts; heartbeats and version questions keep it alive', async () => {
  const fixture = new NamesrvFixture();
  await fixture.controller.start();
  await fixture.register({ extra: { heartbeatTimeoutMillis: '10000' } });
  const identity = { brokerName: 'a', brokerAddr: '10.1.0.0:10911', clusterName: 'C' };
  fixture.clock.advance(8_000);
  assert.equal((await fixture.ask(904, identity)).code, 0);
  fixture.clock.advance(8_000);
  const body = utf8('{"counter":1,"stateVersion":0,"timestamp":1}');
  const same = await fixture.ask(322, { ...identity, brokerId: '0' }, { body });
  assert.equal(same.extFields['changed'], 'false');
  assert.equal(textOf(same.body), textOf(body));
  fixture.clock.advance(8_000);
  await settled();
  assert.notEqual(await routeOf(fixture), undefined);
  fixture.clock.advance(8_000);
  await settled();
  assert.equal(await routeOf(fixture), undefined);
  const unknown = await fixture.ask(322, { ...identity, brokerId: '0' }, { body });
  assert.deepEqual([unknown.extFields['changed'], unknown.body], ['true', undefined]);
  assert.equal((await fixture.ask(904, identity)).code, 0);
  assert.equal(await routeOf(fixture), undefined, 'a heartbeat alone registers nobody');
  fixture.controller.close();
});

test('an old connection that closes late does not remove a broker that came back', async () => {
  const fixture = new NamesrvFixture();
  const old = new PeerDouble();
  await fixture.register({}, old);
  await fixture.register({}, new PeerDouble());
  fixture.controller.onPeerClose(old);
  await settled();
  assert.notEqual(await routeOf(fixture), undefined);
});

test('a group that loses its master keeps its route; acting masters lose writes', async () => {
  for (const [fields, perm] of [
    [{}, 6],
    [extra, 4],
  ] as const) {
    const fixture = new NamesrvFixture();
    const master = new PeerDouble();
    await fixture.register({ extra: fields }, master);
    await fixture.register({ id: 1, extra: fields });
    fixture.controller.onPeerClose(master);
    await settled();
    assert.equal(await permOf(fixture), perm);
    assert.deepEqual(await addressesOf(fixture), [[1, '10.1.0.1:10911']]);
  }
});

test('unregistrations beyond the capacity of the queue are refused', async () => {
  const fixture = new NamesrvFixture({ unRegisterBrokerQueueCapacity: 2 });
  const leave = (id: number) =>
    fixture.controller.processors.get(104)?.({
      connection: new PeerDouble(),
      nowMs: 0,
      request: {
        code: 104,
        language: 'JAVA',
        version: 513,
        opaque: 1,
        flag: 0,
        remark: undefined,
        body: undefined,
        serializeType: 0,
        extFields: {
          brokerName: 'a',
          brokerAddr: `1.1.1.${id}:1`,
          clusterName: 'C',
          brokerId: '0',
        },
      },
    });
  const answers = await Promise.all([leave(1), leave(2), leave(3)]);
  assert.deepEqual(
    answers.map((answer) => answer?.code),
    [0, 0, 1],
  );
});

test('members are told of a new smallest id only when that is switched on', async () => {
  for (const notifyMinBrokerIdChanged of [false, true]) {
    const fixture = new NamesrvFixture({ notifyMinBrokerIdChanged });
    const [slave, master] = [new PeerDouble(), new PeerDouble()];
    await fixture.register({ id: 1, extra }, slave);
    await fixture.register({ id: 0, extra }, master);
    assert.equal(fixture.told.length, notifyMinBrokerIdChanged ? 1 : 0);
    fixture.controller.onPeerClose(master);
    await settled();
    const told = fixture.told.map(({ request }) => ({ ...request.extFields }));
    assert.deepEqual(
      told,
      notifyMinBrokerIdChanged
        ? [
            {
              minBrokerId: '0',
              minBrokerAddr: '10.1.0.0:10911',
              haBrokerAddr: '10.1.0.0:109119',
            },
            {
              minBrokerId: '1',
              minBrokerAddr: '10.1.0.1:10911',
              offlineBrokerAddr: '10.1.0.0:10911',
            },
          ]
        : [],
    );
    for (const { address, request } of fixture.told) {
      assert.equal(address, '10.1.0.1:10911', 'the new smallest knows it');
      assert.deepEqual([request.code, request.flag], [905, 2]);
    }
  }
});
