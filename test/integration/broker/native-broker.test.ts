// SPDX-License-Identifier: Apache-2.0
/**
 * Goal: the whole broker works over the native store and real sockets: what was sent is pulled,
 * committed offsets and topics survive a restart, waiting pulls are woken.
 * Method: a broker in a directory of its own, asked with raw requests.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { RequestCode, ResponseCode } from '../../../src/protocol/codes.ts';
import { pullMessage } from '../../../src/protocol/commands/pull-message.ts';
import { sendBatchMessage } from '../../../src/protocol/commands/send-batch-message.ts';
import { sendMessage } from '../../../src/protocol/commands/send-message.ts';
import { toSendMessageV2 } from '../../../src/protocol/commands/send-message-v2.ts';
import { updateConsumerOffset } from '../../../src/protocol/commands/update-consumer-offset.ts';
import { encodeHeartbeatData } from '../../../src/protocol/heartbeat-data.ts';
import { encodeMessageBatch } from '../../../src/protocol/message-batch.ts';
import { parseOffsetMessageId } from '../../../src/protocol/message-id.ts';
import { formatProperties, parseProperties } from '../../../src/protocol/message-properties.ts';
import { decodeMessageRecords, type MessageRecord } from '../../../src/protocol/message-record.ts';
import type { RemotingCommand } from '../../../src/protocol/remoting-command.ts';
import { newSubscriptionData } from '../../../src/protocol/subscription.ts';
import { NativeBroker, type NativeBrokerOptions } from '../../helpers/native-broker.ts';

const header = {
  producerGroup: 'PG',
  defaultTopic: 'TBW102',
  defaultTopicQueueNums: 4,
  queueId: 0,
  sysFlag: 0,
  bornTimestamp: 1,
  flag: 0,
};

function send(broker: NativeBroker, topic: string, body: string, properties = {}) {
  const all = { UNIQ_KEY: `U-${body}`, ...properties };
  const fields = { ...header, topic, properties: formatProperties(Object.entries(all)) };
  const bytes = new TextEncoder().encode(body);
  return broker.call(sendMessage.code, sendMessage.request.encode(fields), bytes);
}

interface PullWish {
  readonly queueOffset?: number;
  readonly sysFlag?: number;
  readonly subscription?: string;
  readonly suspendTimeoutMillis?: number;
  readonly commitOffset?: number;
}

function pull(
  broker: NativeBroker,
  topic: string,
  wish: PullWish = {},
  client?: ReturnType<NativeBroker['newClient']>,
) {
  const fields = pullMessage.request.encode({
    consumerGroup: 'G',
    topic,
    queueId: 0,
    queueOffset: 0,
    maxMsgNums: 32,
    sysFlag: 0,
    commitOffset: 0,
    suspendTimeoutMillis: 0,
    subVersion: 0n,
    ...wish,
  });
  return broker.call(pullMessage.code, fields, undefined, client);
}

function records(answer: RemotingCommand): MessageRecord[] {
  assert.equal(answer.code, ResponseCode.SUCCESS, answer.remark);
  return decodeMessageRecords(answer.body ?? new Uint8Array(0));
}

const bodies = (answer: RemotingCommand): string[] =>
  records(answer).map(({ body }) => new TextDecoder().decode(body));

async function subscribe(broker: NativeBroker, topic: string): Promise<void> {
  const answer = await broker.call(
    RequestCode.HEART_BEAT,
    undefined,
    encodeHeartbeatData({
      clientID: 'c1',
      producerGroups: [],
      consumerDataSet: [
        {
          groupName: 'G',
          consumeType: 'CONSUME_PASSIVELY',
          messageModel: 'CLUSTERING',
          consumeFromWhere: 'CONSUME_FROM_LAST_OFFSET',
          unitMode: false,
          subscriptionDataSet: [newSubscriptionData(topic, '*')],
        },
      ],
      heartbeatFingerprint: 0,
      withoutSub: false,
    }),
  );
  assert.equal(answer.code, ResponseCode.SUCCESS);
}

type Case = (broker: NativeBroker) => Promise<void>;

const cases: Readonly<Record<string, Case>> = {
  'what is sent is pulled, first by the processor, then natively': async (broker) => {
    for (const body of ['one', 'two', 'three']) {
      const answer = await send(broker, 'T', body);
      assert.equal(answer.code, ResponseCode.SUCCESS, answer.remark);
      assert.equal(answer.extFields['transactionId'], `U-${body}`);
      assert.deepEqual(parseOffsetMessageId(answer.extFields['msgId'] ?? '').storeHost, {
        host: '127.0.0.1',
        port: Number(broker.address.split(':')[1]),
      });
    }
    await subscribe(broker, 'T');
    const answer = await pull(broker, 'T');
    assert.deepEqual(bodies(answer), ['one', 'two', 'three']);
    assert.equal(answer.extFields['nextBeginOffset'], '3');
  },

  'a pull of a group that never registered is mended or refused': async (broker) => {
    const fields = { sysFlag: 4, subscription: '*' };
    assert.equal(bodies(await pull(broker, 'T', fields)).length, 3);
    const unknown = await pull(broker, 'Nope', fields);
    assert.equal(unknown.code, ResponseCode.TOPIC_NOT_EXIST);
  },

  'tags are filtered': async (broker) => {
    await send(broker, 'Tags', 'a', { TAGS: 'A' });
    await send(broker, 'Tags', 'b', { TAGS: 'B' });
    const wish = { sysFlag: 4, subscription: 'B || C' };
    assert.deepEqual(bodies(await pull(broker, 'Tags', wish)), ['b']);
  },

  'a pull that waits is woken by the next message': async (broker) => {
    await send(broker, 'Tail', 'first');
    const client = broker.newClient();
    const wish = { queueOffset: 1, sysFlag: 6, subscription: '*', suspendTimeoutMillis: 15_000 };
    const waiting = pull(broker, 'Tail', wish, client);
    while (broker.store.stats().suspendedPulls === 0) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await send(broker, 'Tail', 'second');
    assert.deepEqual(bodies(await waiting), ['second']);
    await client.close();
  },

  'a batch becomes messages of their own': async (broker) => {
    await send(broker, 'Batch', 'zero');
    const items = ['one', 'two'].map((body) => ({
      flag: 0,
      properties: formatProperties([['UNIQ_KEY', `U-${body}`]]),
      body: new TextEncoder().encode(body),
    }));
    const fields = toSendMessageV2({ ...header, topic: 'Batch', batch: true });
    const answer = await broker.call(
      sendBatchMessage.code,
      sendBatchMessage.request.encode(fields),
      encodeMessageBatch(items),
    );
    assert.equal(answer.code, ResponseCode.SUCCESS, answer.remark);
    assert.equal(answer.extFields['msgId']?.split(',').length, 2);
    const wish = { sysFlag: 4, subscription: '*' };
    assert.deepEqual(bodies(await pull(broker, 'Batch', wish)), ['zero', 'one', 'two']);
  },

  'a batch to a topic that does not exist yet creates it': async (broker) => {
    const fields = toSendMessageV2({ ...header, topic: 'NewBatch', batch: true });
    const item = { flag: 0, properties: '', body: new Uint8Array(3) };
    const answer = await broker.call(
      sendBatchMessage.code,
      sendBatchMessage.request.encode(fields),
      encodeMessageBatch([item]),
    );
    assert.equal(answer.code, ResponseCode.SUCCESS, answer.remark);
  },

  'a retried message is put by the processor and wakes who waits for it': async (broker) => {
    const wish = { queueOffset: 0, sysFlag: 6, subscription: '*', suspendTimeoutMillis: 15_000 };
    await subscribe(broker, 'T');
    const client = broker.newClient();
    const waiting = pull(broker, '%RETRY%G', wish, client);
    while (broker.store.stats().suspendedPulls === 0) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const back = await broker.call(RequestCode.CONSUMER_SEND_MSG_BACK, {
      ...{ offset: '0', group: 'G', delayLevel: '0', originTopic: 'T' },
    });
    assert.equal(back.code, ResponseCode.SUCCESS, back.remark);
    const [retried] = records(await waiting);
    assert.equal(retried?.reconsumeTimes, 1);
    assert.equal(parseProperties(retried?.properties ?? '').get('RETRY_TOPIC'), 'T');
    await client.close();
  },

  'messages are found by key and by offset': async (broker) => {
    const sent = await send(broker, 'Keys', 'keyed', { KEYS: 'k1 k2', TAGS: 'A' });
    const { physicalOffset } = parseOffsetMessageId(sent.extFields['msgId'] ?? '');
    const viewed = await broker.call(RequestCode.VIEW_MESSAGE_BY_ID, {
      offset: String(physicalOffset),
    });
    assert.deepEqual(bodies(viewed), ['keyed']);
    const query = (fields: Record<string, string>) =>
      broker.call(RequestCode.QUERY_MESSAGE, {
        ...{ topic: 'Keys', maxNum: '10', beginTimestamp: '0' },
        ...{ endTimestamp: '9223372036854775807', ...fields },
      });
    for (const fields of [
      { key: 'k2' },
      { key: 'U-keyed', _UNIQUE_KEY_QUERY: 'true' },
      { key: 'A', indexType: 'T' },
    ]) {
      assert.deepEqual(bodies(await query(fields)), ['keyed'], JSON.stringify(fields));
    }
    assert.equal((await query({ key: 'none' })).code, ResponseCode.QUERY_NOT_FOUND);
  },

  'bodies of 4 MiB are stored, one byte more is refused and the connection lives': async (
    broker,
  ) => {
    const sendSize = (size: number) =>
      broker.call(
        sendMessage.code,
        sendMessage.request.encode({ ...header, topic: 'Large', properties: '' }),
        new Uint8Array(size),
      );
    assert.equal((await sendSize(4 * 1024 * 1024)).code, ResponseCode.SUCCESS);
    const refused = await sendSize(4 * 1024 * 1024 + 1);
    assert.equal(refused.code, ResponseCode.MESSAGE_ILLEGAL);
    assert.match(refused.remark ?? '', /msg body length limit 4194304B/);
    const wish = { sysFlag: 4, subscription: '*' };
    assert.equal(records(await pull(broker, 'Large', wish))[0]?.body.length, 4 * 1024 * 1024);
  },

  'bytes that are no frames close that connection alone': async (broker) => {
    const port = Number(broker.address.split(':')[1]);
    const socket = net.connect(port, '127.0.0.1');
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => {});
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await closed;
    assert.equal((await send(broker, 'T', 'four')).code, ResponseCode.SUCCESS);
    assert.equal(broker.log.complaints('no remoting frame').length, 1);
  },
};

async function restart(broker: NativeBroker, options: NativeBrokerOptions): Promise<NativeBroker> {
  const commit = { consumerGroup: 'G', topic: 'T', queueId: 0, commitOffset: 2 };
  const fields = updateConsumerOffset.request.encode(commit);
  assert.equal((await broker.call(updateConsumerOffset.code, fields)).code, 0);
  await broker.close();
  const next = await NativeBroker.start(options);
  assert.equal(next.store.recovery.cleanShutdown, true);
  assert.equal(next.controller.services.topics.get('T')?.writeQueueNums, 4);
  const asked = await next.call(RequestCode.QUERY_CONSUMER_OFFSET, {
    ...{ consumerGroup: 'G', topic: 'T', queueId: '0' },
  });
  assert.equal(asked.extFields['offset'], '2');
  await subscribe(next, 'T');
  const answer = await pull(next, 'T', { queueOffset: 2 });
  assert.deepEqual(bodies(answer), ['three', 'four']);
  return next;
}

for (const flushDiskType of ['ASYNC_FLUSH', 'SYNC_FLUSH'] as const) {
  test(`a broker with ${flushDiskType}`, async (context) => {
    const directory = await mkdtemp(path.join(os.tmpdir(), 'apogee-broker-'));
    const options = { directory, flushDiskType };
    let broker = await NativeBroker.start(options);
    try {
      for (const [name, run] of Object.entries(cases)) await context.test(name, () => run(broker));
      await context.test('topics, messages and offsets are there after a restart', async () => {
        broker = await restart(broker, options);
      });
    } finally {
      await broker.close();
      await rm(directory, { recursive: true });
    }
  });
}

for (const pullExecution of ['pool', 'inline'] as const) {
  test(`pulls are served with pullExecution=${pullExecution}`, async () => {
    const directory = await mkdtemp(path.join(os.tmpdir(), 'apogee-broker-'));
    const broker = await NativeBroker.start({ directory, config: { pullExecution } });
    try {
      await send(broker, 'T', 'one');
      const wish = { sysFlag: 4, subscription: '*' };
      assert.deepEqual(bodies(await pull(broker, 'T', wish)), ['one']);
      const beyond = await pull(broker, 'T', { ...wish, queueOffset: 9 });
      assert.deepEqual([beyond.code, beyond.extFields['nextBeginOffset']], [21, '1']);
    } finally {
      await broker.close();
      await rm(directory, { recursive: true });
    }
  });
}
