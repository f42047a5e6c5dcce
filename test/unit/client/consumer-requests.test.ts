// SPDX-License-Identifier: Apache-2.0
/** Goal: a consumer answers what brokers ask it. Method: requests over its own connection. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { MessageListener } from '../../../src/client/consumer-options.ts';
import { PushConsumer } from '../../../src/client/push-consumer.ts';
import { RequestCode, ResponseCode } from '../../../src/protocol/codes.ts';
import { decodeConsumeMessageDirectlyResult } from '../../../src/protocol/commands/consume-message-directly.ts';
import { parseJavaJson } from '../../../src/protocol/java-json.ts';
import { objectOf } from '../../../src/protocol/json-fields.ts';
import { encodeMessageRecord } from '../../../src/protocol/message-record.ts';
import { decodeConsumerStatus, encodeOffsetTable } from '../../../src/protocol/queue-statistics.ts';
import {
  createRequest,
  type ExtFields,
  type RemotingCommand,
} from '../../../src/protocol/remoting-command.ts';
import { clientEnvironment } from '../../helpers/client-environment.ts';
import { FakeCluster, NAMESRV } from '../../helpers/fake-cluster.ts';

let cluster: FakeCluster;
let consumer: PushConsumer;
let seen: string[];
let verdict: MessageListener;

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const queue = (queueId: number) => ({ topic: 'T', brokerName: 'broker-0', queueId });

beforeEach(async () => {
  cluster = await FakeCluster.start(1);
  cluster.createTopic('T', 2);
  seen = [];
  verdict = () => undefined;
  for (const body of ['a', 'b', 'c']) cluster.broker().append('T', 0, { body: bytes(body) });
  consumer = new PushConsumer(
    {
      namesrvAddr: NAMESRV,
      group: 'CG',
      subscriptions: { T: 'A || B' },
      consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
      listener: (message, context) => {
        seen.push(message.text());
        return verdict(message, context);
      },
    },
    clientEnvironment(cluster),
  );
  await cluster.run(consumer.start());
  await cluster.clock.advance(100);
});

afterEach(async () => {
  await cluster.run(consumer.close());
  await cluster.close();
});

async function ask(code: number, fields: ExtFields, body?: Uint8Array): Promise<RemotingCommand> {
  const [member] = cluster.broker().groups.get('CG')?.values() ?? [];
  assert.ok(member !== undefined);
  return await cluster.run(member.peer.invoke(createRequest(code, fields, body), 5000));
}

test('220: continues at the offsets it is told, in map and list form', async () => {
  cluster.broker().stored('T', 0).length = 0;
  for (let index = 0; index < 5; index += 1) {
    const properties = 'TAGS\u0001A\u0002';
    cluster.broker().append('T', 0, { body: bytes(`m${index}`), properties });
  }
  await cluster.clock.advance(1000);
  seen.length = 0;
  const body = encodeOffsetTable([
    [queue(0), 3],
    [{ ...queue(0), topic: 'Foreign' }, 1],
  ]);
  const fields = { topic: 'T', group: 'CG', timestamp: '0', isForce: 'true' };
  const [member] = cluster.broker().groups.get('CG')?.values() ?? [];
  const reset = createRequest(RequestCode.RESET_CONSUMER_CLIENT_OFFSET, fields, body);
  reset.flag = 2;
  member?.peer.send(reset);
  await cluster.clock.advance(1000);
  assert.deepEqual(seen, ['m3', 'm4']);
});

test('221: tells its offsets', async () => {
  const answer = await ask(RequestCode.GET_CONSUMER_STATUS_FROM_CLIENT, {
    topic: 'T',
    group: 'CG',
  });
  const offsets = decodeConsumerStatus(answer.body).map(([{ queueId }, offset]) => [
    queueId,
    offset,
  ]);
  assert.deepEqual(offsets.sort(), [
    [0, 3],
    [1, 0],
  ]);
});

test('307: tells what it does', async () => {
  const answer = await ask(RequestCode.GET_CONSUMER_RUNNING_INFO, {
    consumerGroup: 'CG',
    clientId: consumer.clientId,
  });
  const info = objectOf(parseJavaJson(answer.body ?? ''), 'running info');
  const properties = objectOf(info['properties'], 'properties');
  assert.equal(properties['PROP_NAMESERVER_ADDR'], NAMESRV);
  assert.equal(properties['PROP_CONSUME_TYPE'], 'CONSUME_PASSIVELY');
  assert.equal(Object.keys(objectOf(info['mqTable'], 'mqTable')).length, 3);
});

test('309: consumes one message at once and says how it went', async () => {
  const record = cluster.broker().append('Other', 0, { body: bytes('now') });
  const direct = async (listener: MessageListener) => {
    verdict = listener;
    const fields = { consumerGroup: 'CG', clientId: consumer.clientId, brokerName: 'broker-0' };
    const answer = await ask(309, fields, encodeMessageRecord(record));
    return decodeConsumeMessageDirectlyResult(answer.body);
  };
  assert.equal((await direct(() => undefined)).consumeResult, 'CR_SUCCESS');
  assert.equal((await direct(() => 'RECONSUME_LATER')).consumeResult, 'CR_LATER');
  const thrown = await direct(() => {
    throw new Error('no way');
  });
  assert.equal(thrown.consumeResult, 'CR_THROW_EXCEPTION');
  assert.match(thrown.remark ?? '', /no way/);
  assert.deepEqual(seen, ['now', 'now', 'now']);
  const empty = await ask(309, { consumerGroup: 'CG' });
  assert.equal(empty.code, ResponseCode.SYSTEM_ERROR);
});

test('a body that cannot be read is answered, and nothing breaks', async () => {
  const broken = await ask(309, { consumerGroup: 'CG' }, bytes('no record'));
  assert.equal(broken.code, ResponseCode.SYSTEM_ERROR);
  const unknown = await ask(RequestCode.CHECK_TRANSACTION_STATE, {});
  assert.equal(unknown.code, ResponseCode.REQUEST_CODE_NOT_SUPPORTED);
});
