// SPDX-License-Identifier: Apache-2.0
/**
 * Goal: a broker keeps itself and its topics registered, says little, and leaves when it stops.
 * Method: fake name servers on the in-memory network that record what they get.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RequestCode } from '../../../src/protocol/codes.ts';
import { bodyCrc32 } from '../../../src/protocol/crc32.ts';
import { encodeKvTable } from '../../../src/protocol/kv-table.ts';
import type { RequestProcessor } from '../../../src/protocol/processor.ts';
import { decodeRegisterBrokerBody } from '../../../src/protocol/register-broker-body.ts';
import { createResponse, type RemotingCommand } from '../../../src/protocol/remoting-command.ts';
import { MemoryListener, MemoryNetwork } from '../../../src/transport/memory-transport.ts';
import { RemotingServer } from '../../../src/transport/remoting-server.ts';
import { RequestDispatcher } from '../../../src/transport/request-dispatcher.ts';
import { CollectingLog } from '../../helpers/collecting-log.ts';
import { TestBroker } from '../../helpers/test-broker.ts';
import { VirtualClock } from '../../helpers/virtual-clock.ts';

class FakeNameServer {
  readonly address: string;
  readonly requests: RemotingCommand[] = [];
  /** Code and remark of the next answers to 103. */
  refusal: { code: number; remark: string } | undefined;
  orderTopics = new Map<string, string>();
  isSilent = false;
  readonly #server: RemotingServer;

  constructor(network: MemoryNetwork, clock: VirtualClock, host: string) {
    this.address = `${host}:9876`;
    const answer: RequestProcessor = ({ request }) => {
      this.requests.push(request);
      if (this.isSilent) return undefined;
      if (this.refusal !== undefined && request.code === RequestCode.REGISTER_BROKER) {
        return createResponse(request, this.refusal.code, { remark: this.refusal.remark });
      }
      return createResponse(request, 0, { body: encodeKvTable(this.orderTopics) });
    };
    const log = new CollectingLog();
    const processors = new Map([
      [RequestCode.REGISTER_BROKER, answer],
      [RequestCode.UNREGISTER_BROKER, answer],
    ] as const);
    this.#server = new RemotingServer({
      listeners: [new MemoryListener(network, { host, port: 9876 })],
      dispatcher: new RequestDispatcher({ processors, clock, log }),
      clock,
      log,
    });
  }

  async start(): Promise<this> {
    await this.#server.start();
    return this;
  }

  async stop(): Promise<void> {
    await this.#server.close();
  }

  /** Topics of each registration so far, as names. */
  registrations(): string[][] {
    return this.requests
      .filter(({ code }) => code === RequestCode.REGISTER_BROKER)
      .map((request) => [...bodyOf(request).topicConfigTable.keys()]);
  }
}

function bodyOf(request: RemotingCommand | undefined) {
  return decodeRegisterBrokerBody(request?.body, { version: 513, inflate: (bytes) => bytes });
}

function newSetting(config: Record<string, unknown> = {}) {
  const clock = new VirtualClock();
  const network = new MemoryNetwork({ clock });
  const one = new FakeNameServer(network, clock, '10.0.0.2');
  const two = new FakeNameServer(network, clock, '10.0.0.3');
  const namesrvAddr = `${one.address};${two.address}`;
  const broker = new TestBroker({ clock, network, config: { namesrvAddr, ...config } });
  return { clock, one, two, broker };
}

test('at start every name server gets the broker and all its topics', async () => {
  const { one, two, broker } = newSetting({ webSocketListenPort: 10_920 });
  await one.start();
  await two.start();
  await broker.start();
  for (const { requests } of [one, two]) {
    const [first, ...more] = requests;
    assert.equal(more.length, 0);
    assert.ok(first?.body !== undefined);
    assert.deepEqual(
      { ...first.extFields },
      {
        brokerName: 'broker-a',
        brokerAddr: '10.0.0.1:10911',
        clusterName: 'DefaultCluster',
        haServerAddr: '10.0.0.1:10912',
        brokerId: '0',
        enableActingMaster: 'false',
        compressed: 'false',
        bodyCrc32: String(bodyCrc32(first.body)),
        apogeeAddressAuto: 'true',
      },
    );
    assert.equal(first.version, 513);
    const { topicConfigTable, dataVersion } = bodyOf(first);
    assert.equal(topicConfigTable.size, broker.controller.services.topics.table.size);
    assert.deepEqual(dataVersion, broker.controller.services.topics.dataVersion);
  }
});

test('an address set by hand is told as it is', async () => {
  const { one, broker } = newSetting({ brokerIP1: '192.168.7.7', brokerIP2: '192.168.8.8' });
  await one.start();
  await broker.start();
  const fields = one.requests[0]?.extFields;
  assert.deepEqual(
    [fields?.['brokerAddr'], fields?.['haServerAddr'], fields?.['apogeeAddressAuto']],
    ['192.168.7.7:10911', '192.168.8.8:10912', undefined],
  );
});

test('a new topic is told alone, a removed one with the whole table', async () => {
  const { clock, one, broker } = newSetting();
  await one.start();
  await broker.start();
  await broker.client.send({ topic: 'T1' });
  await clock.advance(10);
  assert.deepEqual(one.registrations().slice(1), [['T1']]);
  await broker.client.call(RequestCode.DELETE_TOPIC_IN_BROKER, { topic: 'T1' });
  await clock.advance(10);
  const last = one.registrations().at(-1) ?? [];
  assert.equal(last.length, broker.controller.services.topics.table.size);
});

test('a topic that an admin creates is registered when the answer comes', async () => {
  const { one, broker } = newSetting();
  await one.start();
  await broker.start();
  await broker.client.call(RequestCode.UPDATE_AND_CREATE_TOPIC, {
    ...{ topic: 'T', readQueueNums: '4', writeQueueNums: '4', perm: '6' },
    topicFilterType: 'SINGLE_TAG',
  });
  assert.deepEqual(one.registrations().at(-1), ['T']);
});

test('many changes during a registration are one more registration', async () => {
  const { clock, one, broker } = newSetting();
  await one.start();
  await broker.start();
  const { topics } = broker.controller.services;
  const names = Array.from({ length: 20 }, (_, index) => `T${index}`);
  for (const topic of names) topics.createRetryOrDlq(topic, 1);
  await clock.advance(10);
  assert.equal(one.registrations().slice(1).length, 2);
  assert.deepEqual(one.registrations().slice(1).flat(), names);
});

test('all topics are told again every period, which is between 10 s and 60 s', async () => {
  for (const [registerNameServerPeriod, effectiveMs] of [
    [30_000, 30_000],
    [1000, 10_000],
    [600_000, 60_000],
  ] as const) {
    const { clock, one, broker } = newSetting({ registerNameServerPeriod });
    await one.start();
    await broker.start();
    await clock.advance(effectiveMs - 100);
    assert.equal(one.requests.length, 1);
    await clock.advance(200);
    assert.equal(one.requests.length, 2);
    assert.ok((one.registrations()[1]?.length ?? 0) > 5);
  }
});

test('a name server that cannot be reached is one warning, and is tried every 3 s', async () => {
  const { clock, one, two, broker } = newSetting();
  await one.start();
  await broker.start();
  await clock.advance(60_000);
  assert.equal(broker.log.complaints('not registered with name server 10.0.0.3:9876').length, 1);
  await two.start();
  await clock.advance(3100);
  assert.equal(two.requests.length, 1);
  const registered = broker.log.lines.filter(({ message }) => message.startsWith('registered'));
  assert.equal(registered.length, 2);
});

test('a lost connection is registered anew, since name servers forget closed ones', async () => {
  const { clock, one, broker } = newSetting();
  await one.start();
  await broker.start();
  const stopped = one.stop();
  await clock.advance(10_000);
  await stopped;
  assert.equal(broker.log.complaints('10.0.0.2:9876').length, 1);
  one.requests.length = 0;
  await one.start();
  await clock.advance(3100);
  assert.ok((one.registrations()[0]?.length ?? 0) > 5);
});

test('a name server that refuses one topic gets them all', async () => {
  const { clock, one, broker } = newSetting();
  await one.start();
  await broker.start();
  one.refusal = { code: 1, remark: 'register broker failed' };
  broker.controller.services.topics.createRetryOrDlq('T1', 1);
  await clock.advance(10);
  assert.deepEqual(
    one.registrations().map((names) => names.length > 5),
    [true, false, true],
  );
  assert.match(
    String(broker.log.complaints('10.0.0.2:9876')[0]?.fields['reason']),
    /answered: register broker failed/,
  );
  one.refusal = undefined;
  await clock.advance(3100);
  assert.ok((one.registrations().at(-1)?.length ?? 0) > 5);
});

test('topics are told with the permission of the broker', async () => {
  const { one, broker } = newSetting({ brokerPermission: 4 });
  await one.start();
  await broker.start();
  const table = bodyOf(one.requests[0]).topicConfigTable;
  assert.deepEqual([table.get('TBW102')?.perm, table.get('BenchmarkTest')?.perm], [4, 4]);
});

test('topics that a name server orders become ordered', async () => {
  const { clock, one, broker } = newSetting();
  one.orderTopics = new Map([['BenchmarkTest', 'broker-a:4']]);
  await one.start();
  await broker.start();
  await clock.advance(10);
  assert.equal(broker.controller.services.topics.isOrderTopic('BenchmarkTest'), true);
});

test('a broker that stops leaves the name servers that it reached', async () => {
  const { one, broker } = newSetting();
  await one.start();
  await broker.start();
  await broker.close();
  const last = one.requests.at(-1);
  assert.equal(last?.code, RequestCode.UNREGISTER_BROKER);
  assert.deepEqual(
    { ...last?.extFields },
    {
      brokerName: 'broker-a',
      brokerAddr: '10.0.0.1:10911',
      clusterName: 'DefaultCluster',
      brokerId: '0',
    },
  );
  await broker.close();
});

test('a name server that never answers does not hold up the end', async () => {
  const { clock, one, broker } = newSetting();
  await one.start();
  await broker.start();
  one.isSilent = true;
  broker.controller.services.topics.createRetryOrDlq('T1', 1);
  await clock.advance(10);
  const startMs = clock.nowMs();
  const closing = broker.controller.close().then(() => clock.nowMs() - startMs);
  await clock.advance(10_000);
  // It still gets its 3 s to take the farewell.
  assert.ok((await closing) <= 4000);
});
