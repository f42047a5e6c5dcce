// SPDX-License-Identifier: Apache-2.0
/**
 * Goal: a message is stored once a send resolves, failures are tried elsewhere by the rules, and
 * errors name cause and cure. Method: a cluster in memory under a virtual clock, with faults.
 */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { Producer, type ProducerOptions } from '../../../src/client/producer.ts';
import { ApogeeError, type ErrorCode } from '../../../src/core/errors.ts';
import { RequestCode, ResponseCode } from '../../../src/protocol/codes.ts';
import { parseProperties } from '../../../src/protocol/message-properties.ts';
import { createResponse } from '../../../src/protocol/remoting-command.ts';
import { clientEnvironment } from '../../helpers/client-environment.ts';
import { FakeBroker } from '../../helpers/fake-broker.ts';
import { FakeCluster, NAMESRV } from '../../helpers/fake-cluster.ts';

let cluster: FakeCluster;
let producers: Producer[];

beforeEach(async () => {
  cluster = await FakeCluster.start(2);
  producers = [];
});

afterEach(async () => {
  await cluster.run(Promise.all(producers.map((producer) => producer.close())));
  await cluster.close();
  assert.equal(cluster.clock.pending, 0, 'no timer is left');
});

async function startProducer(options: Partial<ProducerOptions> = {}): Promise<Producer> {
  const settings = { namesrvAddr: NAMESRV, group: 'PG', ...options };
  const producer = new Producer(settings, clientEnvironment(cluster));
  producers.push(producer);
  await producer.start();
  return producer;
}

async function fails(work: Promise<unknown>, code: ErrorCode, text: RegExp): Promise<ApogeeError> {
  const error = await cluster.run(
    work.then(
      () => undefined,
      (reason: unknown) => reason,
    ),
  );
  assert.ok(error instanceof ApogeeError, String(error));
  assert.equal(error.code, code, error.message);
  assert.match(error.message, text);
  return error;
}

const refuse =
  (...codes: number[]) =>
  (request: Parameters<typeof createResponse>[0]) => {
    if (request.code !== RequestCode.SEND_MESSAGE_V2) return undefined;
    const code = codes.shift();
    return code === undefined ? undefined : createResponse(request, code, { remark: 'as told' });
  };

const sendsOf = (index: number): number => cluster.broker(index).count(RequestCode.SEND_MESSAGE_V2);

test('a send says where the message is, and brokers take turns', async () => {
  cluster.createTopic('T', 2);
  const producer = await startProducer();
  const seen = new Set<string>();
  for (let index = 0; index < 4; index += 1) {
    const result = await cluster.run(producer.send({ topic: 'T', body: `m${index}`, tags: 'A' }));
    assert.equal(result.status, 'SEND_OK');
    assert.match(result.msgId, /^[0-9A-F]{32}$/);
    assert.equal(result.queueOffset, 0);
    seen.add(`${result.queue.brokerName}:${result.queue.queueId}`);
    const broker = cluster.brokers.get(result.queue.brokerName);
    const [stored] = broker?.stored('T', result.queue.queueId) ?? [];
    assert.equal(parseProperties(stored?.properties ?? '').get('UNIQ_KEY'), result.msgId);
    assert.equal(parseProperties(stored?.properties ?? '').get('TAGS'), 'A');
  }
  assert.equal(seen.size, 4);
});

test('a topic that does not exist is created by way of the template, with 4 queues', async () => {
  const producer = await startProducer();
  const queues = await cluster.run(producer.publishQueues('Fresh'));
  assert.equal(queues.length, 8);
  const result = await cluster.run(producer.send({ topic: 'Fresh', body: 'x' }));
  assert.equal(result.status, 'SEND_OK');
  assert.ok(cluster.topics.has('Fresh'));
});

test('codes of the retry set are tried on another broker, others are not', async () => {
  cluster.createTopic('T', 1);
  const producer = await startProducer();
  const retried = [
    ResponseCode.TOPIC_NOT_EXIST,
    ResponseCode.SERVICE_NOT_AVAILABLE,
    ResponseCode.SYSTEM_ERROR,
    ResponseCode.SYSTEM_BUSY,
    ResponseCode.NO_PERMISSION,
    ResponseCode.NO_BUYER_ID,
    ResponseCode.NOT_IN_CURRENT_UNIT,
    ResponseCode.GO_AWAY,
  ];
  for (const code of retried) {
    const before = sendsOf(0) + sendsOf(1);
    const answers = [code];
    const fault = refuse();
    cluster.broker(0).fault = cluster.broker(1).fault = (request) => {
      const next = request.code === RequestCode.SEND_MESSAGE_V2 ? answers.shift() : undefined;
      return next === undefined ? fault(request) : createResponse(request, next);
    };
    const result = await cluster.run(producer.send({ topic: 'T', body: 'x' }));
    assert.equal(result.status, 'SEND_OK');
    assert.equal(sendsOf(0) + sendsOf(1), before + 2, `code ${code}`);
  }
  for (const code of [ResponseCode.MESSAGE_ILLEGAL, ResponseCode.LMQ_QUOTA_EXCEEDED]) {
    const before = sendsOf(0) + sendsOf(1);
    cluster.broker(0).fault = cluster.broker(1).fault = refuse(code, code);
    const error = await fails(
      producer.send({ topic: 'T', body: 'x' }),
      'BROKER_REFUSED',
      /SEND_MESSAGE_V2 with .*as told/,
    );
    assert.equal(error.responseCode, code);
    assert.equal(sendsOf(0) + sendsOf(1), before + 1, `code ${code}`);
  }
});

test('three attempts at most, then one error that tells of all', async () => {
  cluster.createTopic('T', 8);
  const busy = ResponseCode.SYSTEM_BUSY;
  const producer = await startProducer();
  for (let round = 0; round < 8; round += 1) {
    const before = [sendsOf(0), sendsOf(1)] as const;
    cluster.broker(0).fault = cluster.broker(1).fault = refuse(busy, busy, busy);
    const error = await fails(
      producer.send({ topic: 'T', body: 'x' }),
      'BROKER_REFUSED',
      /not confirmed in 3 attempts within 3000 ms \(broker-\d: .*; broker-\d: .*; broker-\d: /,
    );
    assert.equal(error.responseCode, busy);
    const sends = [sendsOf(0) - before[0], sendsOf(1) - before[1]];
    assert.deepEqual(sends.sort(), [1, 2], 'the broker that failed last is avoided');
  }
});

test('statuses of synchronous flush and replication are results, not errors', async () => {
  cluster.createTopic('T', 1);
  const producer = await startProducer();
  const statuses = {
    [ResponseCode.FLUSH_DISK_TIMEOUT]: 'FLUSH_DISK_TIMEOUT',
    [ResponseCode.SLAVE_NOT_AVAILABLE]: 'SLAVE_NOT_AVAILABLE',
    [ResponseCode.FLUSH_SLAVE_TIMEOUT]: 'FLUSH_SLAVE_TIMEOUT',
  };
  for (const [code, status] of Object.entries(statuses)) {
    cluster.broker(0).fault = cluster.broker(1).fault = (request) =>
      request.code === RequestCode.SEND_MESSAGE_V2
        ? createResponse(request, Number(code), {
            extFields: { msgId: 'ID', queueId: '0', queueOffset: '7' },
          })
        : undefined;
    const result = await cluster.run(producer.send({ topic: 'T', body: 'x' }));
    assert.equal(result.status, status);
    assert.equal(result.queueOffset, 7);
  }
});

test('a broker that is away costs one attempt, not the message', async () => {
  cluster.createTopic('T', 1);
  const producer = await startProducer();
  await cluster.stopBroker(0);
  for (let index = 0; index < 4; index += 1) {
    const result = await cluster.run(producer.send({ topic: 'T', body: 'x' }));
    assert.equal(result.queue.brokerName, 'broker-1');
  }
});

test('a broker that never answers uses up the time allowed, and no more', async () => {
  cluster.createTopic('T', 1);
  cluster.broker(0).fault = cluster.broker(1).fault = (request) =>
    request.code === RequestCode.SEND_MESSAGE_V2 ? 'drop' : undefined;
  const producer = await startProducer();
  const startMs = cluster.clock.monotonicMs();
  await fails(producer.send({ topic: 'T', body: 'x' }), 'REQUEST_TIMEOUT', /./);
  const tookMs = cluster.clock.monotonicMs() - startMs;
  assert.ok(tookMs >= 3000 && tookMs < 3500, `${tookMs} ms`);
});

test('an address that cannot be reached is named, with who gave it and brokerIP1', async () => {
  cluster.createTopic('T', 1);
  for (const broker of cluster.brokers.values()) broker.advertised = '172.17.0.2:10911';
  const producer = await startProducer();
  const error = await fails(
    producer.send({ topic: 'T', body: 'x' }),
    'CONNECT_FAILED',
    /172\.17\.0\.2:10911, the address that name server 10\.0\.0\.100:9876 gives for it/,
  );
  assert.match(error.cure ?? '', /brokerIP1/);
});

test('NO_ROUTE says which of its causes applies', async () => {
  cluster.autoCreate = false;
  const producer = await startProducer();
  const unknown = await fails(
    producer.send({ topic: 'Nope', body: 'x' }),
    'NO_ROUTE',
    /topic Nope does not exist in DefaultCluster .* no broker there creates topics/,
  );
  assert.match(unknown.cure ?? '', /updateTopic .* -t Nope.*autoCreateTopicEnable/);
  cluster.createTopic('ReadOnly', 1, 4);
  const readOnly = await fails(
    producer.send({ topic: 'ReadOnly', body: 'x' }),
    'NO_ROUTE',
    /cannot be written to: its permissions are broker-0 R--, broker-1 R--/,
  );
  assert.match(readOnly.cure ?? '', /updateTopicPerm/);
  cluster.createTopic('Slaves', 1);
  for (const broker of cluster.brokers.values()) broker.brokerId = 1;
  await fails(producer.send({ topic: 'Slaves', body: 'x' }), 'NO_ROUTE', /have no master/);
  for (const broker of cluster.brokers.values()) broker.registered = false;
  const nobody = await fails(
    producer.send({ topic: 'Other', body: 'x' }),
    'NO_ROUTE',
    /no broker is registered at name server 10\.0\.0\.100:9876/,
  );
  assert.match(nobody.cure ?? '', /namesrvAddr/);
});

test('no name server answers: each is named; one of two is enough', async () => {
  cluster.createTopic('T', 1);
  const lonely = await startProducer({ namesrvAddr: '10.9.9.9:9876;10.9.9.8:9876' });
  await fails(
    lonely.send({ topic: 'T', body: 'x' }),
    'CONNECT_FAILED',
    /no name server answers .*10\.9\.9\.[89]:9876.*10\.9\.9\.[89]:9876/,
  );
  const lucky = await startProducer({ namesrvAddr: `10.9.9.9:9876;${NAMESRV}` });
  const result = await cluster.run(lucky.send({ topic: 'T', body: 'x' }));
  assert.equal(result.status, 'SEND_OK');
});

test('a selector keeps its queue; only an answer that it was busy is tried again', async () => {
  cluster.createTopic('T', 4);
  const producer = await startProducer();
  const last = {
    queueSelector: (queues: readonly { queueId: number }[]) => queues.at(-1) as never,
  };
  const fault = refuse(ResponseCode.SYSTEM_BUSY);
  cluster.broker(1).fault = fault;
  const result = await cluster.run(producer.send({ topic: 'T', body: 'x' }, last));
  assert.deepEqual(result.queue, { topic: 'T', brokerName: 'broker-1', queueId: 3 });
  cluster.broker(1).fault = refuse(ResponseCode.SYSTEM_ERROR);
  await fails(producer.send({ topic: 'T', body: 'x' }, last), 'BROKER_REFUSED', /SYSTEM_ERROR/);
  assert.equal(sendsOf(0), 0);
  const foreign = { queueSelector: () => ({ topic: 'T', brokerName: 'b', queueId: 99 }) };
  await fails(
    producer.send({ topic: 'T', body: 'x' }, foreign),
    'MESSAGE_INVALID',
    /not in its list/,
  );
});

test('one sharding key means one queue, in order', async () => {
  cluster.createTopic('T', 8);
  const producer = await startProducer();
  const sends = Array.from({ length: 20 }, (_, index) =>
    producer.send({ topic: 'T', body: `m${index}` }, { shardingKey: 'order-7' }),
  );
  const results = await cluster.run(Promise.all(sends));
  const places = new Set(results.map(({ queue }) => `${queue.brokerName}:${queue.queueId}`));
  assert.equal(places.size, 1);
  assert.deepEqual(
    results.map((result) => result.queueOffset),
    results.map((_, index) => index),
  );
});

test('a batch is one request, and its ids are joined', async () => {
  cluster.createTopic('T', 1);
  const producer = await startProducer();
  const bodies = ['a', 'b', 'c'];
  const result = await cluster.run(
    producer.sendBatch(bodies.map((body) => ({ topic: 'T', body }))),
  );
  assert.equal(result.msgId.split(',').length, 3);
  assert.equal(result.offsetMsgId.split(',').length, 3);
  const broker = cluster.brokers.get(result.queue.brokerName);
  assert.deepEqual(broker?.storedBodies('T'), bodies);
  assert.equal(broker?.count(RequestCode.SEND_BATCH_MESSAGE), 1);
});

test('oneway asks for no answer', async () => {
  cluster.createTopic('T', 1);
  const producer = await startProducer();
  await cluster.run(producer.sendOneway({ topic: 'T', body: 'x' }));
  await cluster.clock.advance(100);
  const [sent] = [...cluster.brokers.values()]
    .flatMap((broker) => broker.requests)
    .filter((request) => request.code === RequestCode.SEND_MESSAGE_V2);
  assert.equal(sent?.flag, 2);
});

test('an abort rejects with its reason at once', async () => {
  cluster.createTopic('T', 1);
  cluster.broker(0).fault = cluster.broker(1).fault = (request) =>
    request.code === RequestCode.SEND_MESSAGE_V2 ? 'drop' : undefined;
  const producer = await startProducer();
  const stop = new AbortController();
  const reason = new Error('enough');
  const sending = producer.send({ topic: 'T', body: 'x' }, { signal: stop.signal });
  await cluster.clock.advance(100);
  stop.abort(reason);
  await assert.rejects(cluster.run(sending, 10), (error) => error === reason);
  const late = producer.send({ topic: 'T', body: 'x' }, { signal: stop.signal });
  await assert.rejects(late, (error) => error === reason);
});

test('a broker that moved is found again without waiting for the next refresh', async () => {
  const single = await FakeCluster.start(1);
  single.createTopic('T', 1);
  const environment = clientEnvironment(single);
  const producer = new Producer({ namesrvAddr: NAMESRV, group: 'PG' }, environment);
  await producer.start();
  await single.run(producer.send({ topic: 'T', body: 'before' }));
  await single.stopBroker();
  const topics = { has: () => true, create: () => {} };
  const moved = new FakeBroker(topics, single, 'broker-0', '10.0.0.7:10911');
  single.brokers.set('broker-0', moved);
  await moved.start();
  await single.run(producer.send({ topic: 'T', body: 'after' }));
  assert.deepEqual(moved.storedBodies('T'), ['after']);
  await single.run(producer.close());
  await single.close();
});

test('masters hear of the producer after its first send, every 30 s, and at its end', async () => {
  cluster.createTopic('T', 1);
  const producer = await startProducer();
  await cluster.run(producer.send({ topic: 'T', body: 'x' }));
  await cluster.clock.advance(100);
  assert.equal(cluster.broker(0).count(RequestCode.HEART_BEAT), 1);
  await cluster.clock.advance(60_000);
  assert.equal(cluster.broker(1).count(RequestCode.HEART_BEAT), 3);
  await cluster.run(producer.close());
  assert.equal(cluster.broker(0).count(RequestCode.UNREGISTER_CLIENT), 1);
  await fails(producer.send({ topic: 'T', body: 'x' }), 'CLIENT_CLOSED', /producer is closed/);
});

test('settings that make no sense are refused by name', () => {
  const make = (options: Partial<ProducerOptions>) => () =>
    new Producer({ namesrvAddr: NAMESRV, group: 'PG', ...options }, clientEnvironment(cluster));
  assert.throws(make({ group: 'DEFAULT_PRODUCER' }), /group cannot be DEFAULT_PRODUCER/);
  assert.throws(make({ group: 'a b' }), /illegal characters/);
  assert.throws(make({ sendMsgTimeoutMs: 0 }), /sendMsgTimeoutMs is 0/);
  assert.throws(make({ retryTimesWhenSendFailed: -1 }), /retryTimesWhenSendFailed is -1/);
  assert.throws(make({ maxMessageSizeBytes: 4_194_305 }), /maxMessageSizeBytes is 4194305/);
});
