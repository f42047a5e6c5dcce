// SPDX-License-Identifier: Apache-2.0
/**
 * Goal: a name server behind a real socket serves both header encodings and survives what is no
 * request. Method: the TCP server and client of src/transport on a free port of 127.0.0.1.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { SystemClock, sleep } from '../../src/core/clock.ts';
import { silentLog } from '../../src/core/log.ts';
import { registerBroker } from '../../src/protocol/commands/register-broker.ts';
import { encodeRegisterBrokerBody } from '../../src/protocol/register-broker-body.ts';
import {
  createRequest,
  type ExtFields,
  SerializeType,
} from '../../src/protocol/remoting-command.ts';
import { newTopicConfig } from '../../src/protocol/topic-config.ts';
import { decodeTopicRouteData } from '../../src/protocol/topic-route.ts';
import { PooledRemotingClient } from '../../src/transport/remoting-client.ts';
import { RemotingServer } from '../../src/transport/remoting-server.ts';
import { RequestDispatcher } from '../../src/transport/request-dispatcher.ts';
import { TcpConnector } from '../../src/transport/tcp-connector.ts';
import { TcpListener } from '../../src/transport/tcp-listener.ts';
import { NamesrvFixture } from '../helpers/namesrv-fixture.ts';

const clock = new SystemClock();
const { controller } = new NamesrvFixture();
const server = new RemotingServer({
  listeners: [
    new TcpListener({ host: '127.0.0.1', port: 0, portKey: 'listenPort', clock, log: silentLog }),
  ],
  dispatcher: new RequestDispatcher({ processors: controller.processors, clock, log: silentLog }),
  clock,
  log: silentLog,
  onPeerClose: (peer) => controller.onPeerClose(peer),
});
const newClient = () => new PooledRemotingClient({ connector: new TcpConnector({ clock }), clock });
const asker = newClient();
let address = '';

before(async () => {
  const [bound] = await server.start();
  assert.ok(bound !== undefined);
  address = `127.0.0.1:${bound.port}`;
});

after(async () => {
  await asker.close();
  await server.close();
  controller.close();
});

function ask(code: number, extFields: ExtFields, serializeType: SerializeType = 0) {
  const request = { ...createRequest(code, extFields), serializeType };
  return asker.invoke(address, request, { timeoutMs: 3000 });
}

function registration() {
  const header = registerBroker.request.encode({
    brokerName: 'a',
    brokerAddr: '10.1.0.0:10911',
    clusterName: 'C',
    haServerAddr: '10.1.0.0:10912',
    brokerId: 0,
    apogeeAddressAuto: true,
  });
  const body = encodeRegisterBrokerBody({
    dataVersion: { stateVersion: 0, timestamp: 1, counter: 1 },
    topicConfigTable: new Map(['T', 'U'].map((name) => [name, newTopicConfig(name)])),
    topicQueueMappingInfoTable: new Map(),
    filterServerList: [],
  });
  return createRequest(registerBroker.code, header, body);
}

test('a broker is routed while its connection lives, in both header encodings', async () => {
  const broker = newClient();
  const registered = await broker.invoke(address, registration(), { timeoutMs: 3000 });
  assert.equal(registered.code, 0);
  for (const type of [SerializeType.JSON, SerializeType.ROCKETMQ]) {
    const answer = await ask(105, { topic: 'T' }, type);
    assert.deepEqual([answer.code, answer.serializeType, answer.version], [0, type, 513]);
    const [data] = decodeTopicRouteData(answer.body).brokerDatas;
    assert.deepEqual([...(data?.brokerAddrs ?? [])], [[0, '127.0.0.1:10911']]);
  }
  await broker.close();
  let code = 0;
  for (let tries = 0; tries < 300 && code === 0; tries += 1) {
    await sleep(clock, 10);
    code = (await ask(105, { topic: 'T' })).code;
  }
  assert.equal(code, 17);
});

test('what cannot be served is answered, and the connection lives on', async () => {
  const unknown = await ask(29_999, {});
  assert.deepEqual([unknown.code, unknown.remark], [3, ' request type 29999 not supported']);
  const incomplete = await ask(105, {});
  assert.equal(incomplete.code, 1);
  assert.match(incomplete.remark ?? '', /lacks the field topic/);
  assert.equal((await ask(206, {})).code, 0);
});
