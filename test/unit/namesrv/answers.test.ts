// SPDX-License-Identifier: Apache-2.0
/**
 * Goal: what a name server answers is what clients, tools and browsers can use. Method: every
 * question of namesrv §3 against a few registered brokers; addresses by who asks from where.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RequestCode } from '../../../src/protocol/codes.ts';
import { newTopicConfig } from '../../../src/protocol/topic-config.ts';
import { decodeTopicRouteData } from '../../../src/protocol/topic-route.ts';
import { textOf, utf8 } from '../../helpers/bytes.ts';
import { NamesrvFixture, PeerDouble, settled } from '../../helpers/namesrv-fixture.ts';

async function topicsOf(fixture: NamesrvFixture, code: number, fields = {}): Promise<string[]> {
  const answer = await fixture.ask(code, fields);
  assert.equal(answer.code, 0);
  return JSON.parse(textOf(answer.body)).topicList.sort();
}

test('every request code of a name server is served', () => {
  const { processors } = new NamesrvFixture().controller;
  assert.deepEqual(
    [...processors.keys()].sort((left, right) => left - right),
    [
      100, 101, 102, 103, 104, 105, 106, 205, 206, 216, 217, 219, 224, 304, 311, 312, 313, 318, 319,
      322, 327, 901, 904,
    ],
  );
});

test('an unknown topic is 17, which makes clients try the default topic', async () => {
  const answer = await new NamesrvFixture().ask(105, { topic: 'no' });
  assert.equal(answer.code, 17);
  assert.equal(
    answer.remark,
    'No topic route info in name server for the topic: no\n' +
      'See https://rocketmq.apache.org/docs/bestPractice/06FAQ for further details.',
  );
});

test('routes wait for the brokers after a start when that is asked for', async () => {
  const fixture = new NamesrvFixture({ needWaitForService: true, waitSecondsForService: 45 });
  await fixture.register({});
  fixture.clock.advance(44_999);
  const early = await fixture.ask(105, { topic: 'T' });
  assert.deepEqual([early.code, early.remark], [1, 'name server not ready']);
  fixture.clock.advance(1);
  assert.equal((await fixture.ask(105, { topic: 'T' })).code, 0);
});

test('keys of a route are quoted from V4_9_4 on, or when that is asked for', async () => {
  const fixture = new NamesrvFixture();
  await fixture.register({});
  const addrs = async (version: number, fields = {}) => {
    const answer = await fixture.ask(105, { topic: 'T', ...fields }, { version });
    return /"brokerAddrs":(\{[^}]*\})/.exec(textOf(answer.body))?.[1];
  };
  assert.equal(await addrs(401), '{"0":"10.1.0.0:10911"}');
  assert.equal(await addrs(400, { acceptStandardJsonOnly: 'true' }), '{"0":"10.1.0.0:10911"}');
  assert.ok(['{0:"10.1.0.0:10911"}', '{"0":"10.1.0.0:10911"}'].includes((await addrs(317)) ?? ''));
});

test('clusters and members keep bare keys', async () => {
  const fixture = new NamesrvFixture();
  await fixture.register({ extra: { __ZONE_NAME: 'z1', enableActingMaster: 'true' } });
  assert.equal(
    textOf((await fixture.ask(106)).body),
    '{"brokerAddrTable":{"a":{"brokerAddrs":{0:"10.1.0.0:10911"},"brokerName":"a",' +
      '"cluster":"C","enableActingMaster":true,"zoneName":"z1"}},"clusterAddrTable":{"C":["a"]}}',
  );
  const group = (addrs: string, name: string) =>
    `{"brokerMemberGroup":{"brokerAddrs":{${addrs}},"brokerName":"${name}","cluster":"X"}}`;
  const ask = async (brokerName: string) =>
    textOf((await fixture.ask(901, { clusterName: 'X', brokerName })).body);
  assert.equal(await ask('a'), group('0:"10.1.0.0:10911"', 'a'));
  assert.equal(await ask('no'), group('', 'no'));
});

test('a slave stands in for a missing master, but not for the members’ own topic', async () => {
  const sync = 'rmq_sys_SYNC_BROKER_MEMBER_a';
  const fixture = new NamesrvFixture({ supportActingMaster: true });
  const extra = { enableActingMaster: 'true' };
  for (const id of [2, 1]) await fixture.register({ id, extra, topics: ['T', sync] });
  const ids = async (topic: string) =>
    [
      ...(decodeTopicRouteData((await fixture.ask(105, { topic })).body).brokerDatas[0]
        ?.brokerAddrs ?? []),
    ].sort();
  assert.deepEqual(await ids('T'), [
    [0, '10.1.0.1:10911'],
    [2, '10.1.0.2:10911'],
  ]);
  assert.deepEqual(
    (await ids(sync)).map(([id]) => id),
    [1, 2],
  );
});

test('a zone sees its own brokers and those without a master', async () => {
  const fixture = new NamesrvFixture();
  const zone = (name: string) => ({ __ZONE_NAME: name, enableActingMaster: 'true' });
  await fixture.register({ name: 'a', extra: zone('z1') });
  await fixture.register({ name: 'b', addr: '2.2.2.2:1', extra: zone('z2') });
  await fixture.register({ name: 'c', id: 1, addr: '3.3.3.3:1', extra: zone('z2') });
  const names = async (fields: Record<string, string>) => {
    const route = decodeTopicRouteData((await fixture.ask(105, { topic: 'T', ...fields })).body);
    return [route.brokerDatas, route.queueDatas].map((list) =>
      list.map((data) => data.brokerName).join(''),
    );
  };
  assert.deepEqual(await names({ __ZONE_MODE: 'true', __ZONE_NAME: 'Z1' }), ['ac', 'ac']);
  assert.deepEqual(await names({ __ZONE_MODE: 'false', __ZONE_NAME: 'z1' }), ['abc', 'abc']);
  assert.deepEqual(await names({ __ZONE_MODE: 'true', __ZONE_NAME: ' ' }), ['abc', 'abc']);
});

test('a broker whose address nobody set is told under the address the asker dialled', async () => {
  const auto = { apogeeAddressAuto: 'true', apogeeWebSocketPort: '10920' };
  const cases: readonly (readonly [Record<string, string>, PeerDouble, PeerDouble, string])[] = [
    [
      auto,
      new PeerDouble('127.0.0.1', '127.0.0.1'),
      new PeerDouble('9.9.9.9', '172.17.0.2'),
      '172.17.0.2:10911',
    ],
    [auto, new PeerDouble('10.0.0.1', '10.0.0.1'), new PeerDouble('::1', '::1'), '[::1]:10911'],
    [
      auto,
      new PeerDouble('10.0.0.7', '10.0.0.1'),
      new PeerDouble('9.9.9.9', '172.17.0.2'),
      '10.1.0.0:10911',
    ],
    [
      auto,
      new PeerDouble('127.0.0.1', '127.0.0.1'),
      new PeerDouble('9.9.9.9', '8.8.8.8', 'websocket'),
      '8.8.8.8:10920',
    ],
    [
      { apogeeWebSocketPort: '10920' },
      new PeerDouble('127.0.0.1', '127.0.0.1'),
      new PeerDouble('9.9.9.9', '8.8.8.8', 'websocket'),
      '10.1.0.0:10920',
    ],
    [
      {},
      new PeerDouble('127.0.0.1', '127.0.0.1'),
      new PeerDouble('9.9.9.9', '8.8.8.8', 'websocket'),
      '10.1.0.0:10911',
    ],
  ];
  for (const [extra, broker, asker, address] of cases) {
    const fixture = new NamesrvFixture();
    await fixture.register({ extra }, broker);
    const told = [
      textOf((await fixture.ask(105, { topic: 'T' }, { peer: asker })).body),
      textOf((await fixture.ask(106, {}, { peer: asker })).body),
      textOf((await fixture.ask(901, { clusterName: 'C', brokerName: 'a' }, { peer: asker })).body),
      textOf((await fixture.ask(304, {}, { peer: asker })).body),
    ];
    for (const text of told) assert.ok(text.includes(`"${address}"`), `${address} in ${text}`);
  }
});

test('lists of topics, and their switches', async () => {
  const fixture = new NamesrvFixture();
  const flagged = (name: string, topicSysFlag: number) => newTopicConfig(name, { topicSysFlag });
  await fixture.register({
    topics: ['plain', flagged('unit', 1), flagged('sub', 2), flagged('both', 3)],
  });
  await fixture.register({ cluster: 'D', name: 'd', addr: '4.4.4.4:1', topics: ['plain', 'only'] });
  assert.deepEqual(await topicsOf(fixture, 206), ['both', 'only', 'plain', 'sub', 'unit']);
  assert.deepEqual(await topicsOf(fixture, 224, { cluster: 'D' }), ['only', 'plain']);
  assert.deepEqual(await topicsOf(fixture, 224, { cluster: 'no' }), []);
  assert.deepEqual(await topicsOf(fixture, 304), ['C', 'D', 'a', 'd']);
  assert.deepEqual(await topicsOf(fixture, 311), ['both', 'unit']);
  assert.deepEqual(await topicsOf(fixture, 312), ['both', 'sub']);
  assert.deepEqual(await topicsOf(fixture, 313), ['sub']);
  const closed = new NamesrvFixture({ enableAllTopicList: false, enableTopicList: false });
  for (const code of [206, 224, 311, 312, 313]) {
    const answer = await closed.ask(code, { cluster: 'C' });
    assert.deepEqual([answer.code, answer.remark], [1, 'disable'], String(code));
  }
  assert.deepEqual(await topicsOf(closed, 304), []);
});

test('write permission is wiped and added by broker', async () => {
  const fixture = new NamesrvFixture();
  await fixture.register({ topics: ['T', newTopicConfig('X', { perm: 7 })] });
  const perm = async (topic: string) =>
    decodeTopicRouteData((await fixture.ask(105, { topic })).body).queueDatas[0]?.perm;
  const wiped = await fixture.ask(205, { brokerName: 'a' });
  assert.equal(wiped.extFields['wipeTopicCount'], '2');
  assert.deepEqual([await perm('T'), await perm('X')], [4, 5]);
  await fixture.register({ topics: ['T', 'X'] });
  assert.equal(await perm('T'), 4, 'the same version keeps it');
  const added = await fixture.ask(327, { brokerName: 'a' });
  assert.equal(added.extFields['addTopicCount'], '2');
  assert.deepEqual([await perm('T'), await perm('X')], [6, 6]);
  const nobody = await fixture.ask(205, { brokerName: 'no' });
  assert.deepEqual([nobody.code, nobody.extFields['wipeTopicCount']], [0, '0']);
});

test('topics are deleted and registered one by one', async () => {
  const fixture = new NamesrvFixture();
  await fixture.register({});
  await fixture.register({ cluster: 'D', name: 'd', addr: '4.4.4.4:1' });
  await fixture.ask(216, { topic: 'T', clusterName: 'D' });
  assert.deepEqual(await topicsOf(fixture, 224, { cluster: 'D' }), ['U']);
  await fixture.ask(216, { topic: 'T' });
  assert.deepEqual(await topicsOf(fixture, 206), ['U']);
  assert.equal((await fixture.ask(216, { topic: 'no' })).code, 0);
  const queues = (...names: string[]) =>
    utf8(JSON.stringify({ queueDatas: names.map((brokerName) => ({ brokerName, perm: 6 })) }));
  for (const [topic, body, brokers] of [
    ['N', queues('a', 'no'), []],
    ['N', queues('a', 'd'), ['a', 'd']],
    ['U', queues('no'), ['a', 'd']],
  ] as const) {
    assert.equal((await fixture.ask(217, { topic }, { body })).code, 0);
    const answer = await fixture.ask(105, { topic });
    const found =
      answer.code === 0
        ? decodeTopicRouteData(answer.body).brokerDatas.map((d) => d.brokerName)
        : [];
    assert.deepEqual(found, brokers, topic);
  }
});

test('key-value settings are answered, kept on disk and given to brokers', async () => {
  const fixture = new NamesrvFixture({ orderMessageEnable: true });
  await fixture.controller.start();
  const namespace = 'ORDER_TOPIC_CONFIG';
  const missing = await fixture.ask(101, { namespace, key: 'T' });
  assert.deepEqual(
    [missing.code, missing.remark],
    [22, 'No config item, Namespace: ORDER_TOPIC_CONFIG Key: T'],
  );
  const noSpace = await fixture.ask(219, { namespace });
  assert.deepEqual(
    [noSpace.code, noSpace.remark],
    [22, 'No config item, Namespace: ORDER_TOPIC_CONFIG'],
  );
  assert.equal((await fixture.register({})).body, undefined);
  assert.equal((await fixture.ask(100, { namespace, key: 'T', value: 'a:4' })).code, 0);
  assert.deepEqual(fixture.written, ['{"configTable":{"ORDER_TOPIC_CONFIG":{"T":"a:4"}}}']);
  assert.equal((await fixture.ask(101, { namespace, key: 'T' })).extFields['value'], 'a:4');
  assert.equal(textOf((await fixture.ask(219, { namespace })).body), '{"table":{"T":"a:4"}}');
  assert.equal(textOf((await fixture.register({})).body), '{"table":{"T":"a:4"}}');
  const route = textOf((await fixture.ask(105, { topic: 'T' })).body);
  assert.ok(route.includes('"orderTopicConf":"a:4"'));
  assert.equal((await fixture.ask(102, { namespace, key: 'T' })).code, 0);
  assert.equal(textOf((await fixture.ask(219, { namespace })).body), '{"table":{}}');
  assert.equal(fixture.written.at(-1), '{"configTable":{"ORDER_TOPIC_CONFIG":{}}}');
  const refused = await fixture.ask(100, { key: 'T', value: 'x' });
  assert.deepEqual([refused.code, refused.remark], [1, 'namespace or key is null']);
  fixture.controller.close();
});

test('key-value settings come back after a restart', async () => {
  const fixture = new NamesrvFixture({}, '{"configTable":{"N":{"k":"v"}}}');
  await fixture.controller.start();
  assert.equal((await fixture.ask(101, { namespace: 'N', key: 'k' })).extFields['value'], 'v');
  fixture.controller.close();
});

test('settings are shown and changed, except those that move the server’s files', async () => {
  const fixture = new NamesrvFixture();
  const shown = await fixture.ask(RequestCode.GET_NAMESRV_CONFIG);
  assert.equal(textOf(shown.body), 'listenPort=9876\n');
  const change = (text: string) => fixture.ask(318, {}, { body: utf8(text) });
  assert.equal((await change('enableTopicList=false\nunknown=1\n')).code, 0);
  assert.deepEqual(
    [...(fixture.applied[0] ?? [])],
    [
      ['enableTopicList', 'false'],
      ['unknown', '1'],
    ],
  );
  const locked = [
    'configBlackList',
    'configStorePath',
    'kvConfigPath',
    'rocketmqHome',
    'secretKey',
  ];
  for (const key of locked) {
    const answer = await change(`enableTopicList=true\n${key}=/tmp/x\n`);
    assert.deepEqual([answer.code, answer.remark], [16, 'Can not update config in black list.']);
  }
  assert.equal(fixture.applied.length, 1);
});

test('names like members of Object are only names', async () => {
  const fixture = new NamesrvFixture();
  await fixture.register({
    name: '__proto__',
    cluster: 'constructor',
    topics: ['toString', '__proto__'],
  });
  await settled();
  assert.deepEqual(await topicsOf(fixture, 206), ['__proto__', 'toString']);
  const route = decodeTopicRouteData((await fixture.ask(105, { topic: '__proto__' })).body);
  assert.equal(route.brokerDatas[0]?.brokerName, '__proto__');
});

test('a request without what it needs names the field, and the next one is served', async () => {
  const fixture = new NamesrvFixture();
  await assert.rejects(fixture.ask(105), {
    code: 'HEADER_FIELD',
    message: /lacks the field topic/,
  });
  await assert.rejects(fixture.ask(103), { code: 'HEADER_FIELD' });
  await assert.rejects(fixture.ask(322, { brokerAddr: 'a', clusterName: 'c' }), {
    code: 'BODY_INVALID',
  });
  assert.equal((await fixture.register({})).code, 0);
});
