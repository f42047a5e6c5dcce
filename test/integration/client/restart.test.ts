// SPDX-License-Identifier: Apache-2.0
/**
 * Goal: clients outlive a broker that is stopped or killed, and no acknowledged message is lost.
 * Method: a producer and a consumer in this process, `apogee start` twice on the same folder.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { ApogeeError, Producer, PushConsumer, silentLog } from '../../../src/sdk/node.ts';
import { startApogee } from '../../helpers/apogee-servers.ts';
import { temporaryFolder } from '../../helpers/processes.ts';
import { fresh, until } from './sdk-suite.ts';

async function outlives(
  context: TestContext,
  transport: 'tcp' | 'websocket',
  end: 'stop' | 'kill',
): Promise<void> {
  const folder = temporaryFolder('restart');
  context.after(() => folder.remove());
  const first = await startApogee({ dataDir: folder.path });
  context.after(() => first.process.kill());
  const webSocketAddr = `ws://127.0.0.1:${first.ports.webSocket}`;
  const namesrvAddr = transport === 'tcp' ? first.namesrvAddr : webSocketAddr;
  const topic = fresh('restart');
  const producer = new Producer({ namesrvAddr, group: 'PG', log: silentLog });
  await producer.start();
  context.after(() => producer.close());
  await producer.send({ topic, body: 'm0' });
  const seen = new Map<string, number>();
  const consumer = new PushConsumer({
    namesrvAddr,
    group: fresh('group'),
    subscriptions: { [topic]: '*' },
    consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
    log: silentLog,
    listener: (message) => {
      seen.set(message.text(), (seen.get(message.text()) ?? 0) + 1);
    },
  });
  await consumer.start();
  context.after(() => consumer.close());
  for (let index = 1; index < 50; index += 1) await producer.send({ topic, body: `m${index}` });
  await until(() => seen.size === 50, '50 messages');

  if (end === 'stop') await first.stop();
  else await first.process.kill();
  await assert.rejects(
    producer.send({ topic, body: 'lost' }, { timeoutMs: 500 }),
    (error) => error instanceof ApogeeError && error.cure !== undefined,
  );

  const second = await startApogee({ dataDir: folder.path, ports: first.ports });
  context.after(() => second.stop());
  for (let index = 50; index < 100; index += 1) await producer.send({ topic, body: `m${index}` });
  await until(() => seen.size === 100, '100 messages');
  assert.ok(
    [...seen.values()].every((times) => times === 1),
    'each was delivered once',
  );
}

test('a broker that is stopped and started, over TCP', (context) =>
  outlives(context, 'tcp', 'stop'));

test('a broker that is killed and started, over TCP', (context) =>
  outlives(context, 'tcp', 'kill'));

test('a broker that is stopped and started, over WebSocket', (context) =>
  outlives(context, 'websocket', 'stop'));
