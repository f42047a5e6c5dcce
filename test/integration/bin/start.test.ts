// SPDX-License-Identifier: Apache-2.0
/**
 * Goal: `apogee start` is what a newcomer meets: addresses, a first message over TCP and over one
 * WebSocket URL, messages found again by the next start. Method: real processes and the SDK.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Producer, PullConsumer, silentLog } from '../../../src/sdk/node.ts';
import { freePorts } from '../../helpers/ports.ts';
import { Home, type RunningCommand } from './command.ts';

interface Ports {
  readonly broker: number;
  readonly namesrv: number;
  readonly webSocket: number;
  readonly http: number;
}

async function somePorts(): Promise<Ports> {
  const [broker = 0, namesrv = 0, webSocket = 0, http = 0] = await freePorts(4);
  return { broker, namesrv, webSocket, http };
}

async function started(home: Home, ports: Ports, ...more: string[]): Promise<RunningCommand> {
  const sizes = ['mappedFileSizeCommitLog=1048576', 'maxHashSlotNum=1000', 'maxIndexNum=4000'];
  const apogee = home.start(
    'apogee',
    'start',
    ...['--port', `${ports.broker}`, '--namesrv-port', `${ports.namesrv}`],
    ...['--ws-port', `${ports.webSocket}`, '--http-port', `${ports.http}`],
    ...sizes.flatMap((size) => ['--set', size]),
    ...more,
  );
  await apogee.says('Ctrl-C stops it.');
  return apogee;
}

async function send(namesrvAddr: string, body: string): Promise<string> {
  const producer = new Producer({ namesrvAddr, group: 'start-test', log: silentLog });
  await producer.start();
  try {
    return (await producer.send({ topic: 'TopicTest', body })).status;
  } finally {
    await producer.close();
  }
}

/** Bodies of all messages of the topic. */
async function stored(namesrvAddr: string): Promise<string[]> {
  const consumer = new PullConsumer({ namesrvAddr, group: 'start-test-reader', log: silentLog });
  await consumer.start();
  try {
    const bodies: string[] = [];
    for (const queue of await consumer.queues('TopicTest')) {
      const { messages } = await consumer.pull(queue, 0, { maxMessages: 32 });
      bodies.push(...messages.map(({ body }) => Buffer.from(body).toString()));
    }
    return bodies.sort();
  } finally {
    await consumer.close();
  }
}

test('says where it is, takes a message over TCP and WebSocket, finds both again', async (t) => {
  const home = new Home(t);
  const ports = await somePorts();
  const first = await started(home, ports);
  for (const part of [
    `name server  0.0.0.0:${ports.namesrv}`,
    `broker       0.0.0.0:${ports.broker} (broker-a)`,
    `WebSocket    0.0.0.0:${ports.webSocket}`,
    `http://127.0.0.1:${ports.http}/readyz`,
    home.path('data'),
    'ASYNC_FLUSH',
    `setNamesrvAddr("127.0.0.1:${ports.namesrv}")`,
    "from 'apogeemq/client'",
    `npx apogee pub TopicTest hello --namesrv 127.0.0.1:${ports.namesrv}`,
  ]) {
    assert.ok(first.stdout.includes(part), `${part} in\n${first.stdout}`);
  }
  const tcp = `127.0.0.1:${ports.namesrv}`;
  const webSocket = `ws://127.0.0.1:${ports.webSocket}`;
  assert.equal(await send(tcp, 'over TCP'), 'SEND_OK');
  assert.equal(await send(webSocket, 'over WebSocket'), 'SEND_OK');
  assert.deepEqual(await stored(webSocket), ['over TCP', 'over WebSocket']);
  const ready = await fetch(`http://127.0.0.1:${ports.http}/readyz`);
  assert.deepEqual([ready.status, (await ready.json()).ready], [200, true]);
  assert.equal((await first.stop()).code, 0, first.stderr);
  const second = await started(home, ports);
  assert.deepEqual(await stored(tcp), ['over TCP', 'over WebSocket']);
  assert.equal((await second.stop()).code, 0, second.stderr);
});

test('both engines of WebSocket, and none', async (t) => {
  for (const engine of ['uws', 'ws']) {
    const home = new Home(t);
    const ports = await somePorts();
    const apogee = await started(home, ports, '--set', `webSocketEngine=${engine}`);
    assert.equal(await send(`ws://127.0.0.1:${ports.webSocket}`, 'hello'), 'SEND_OK');
    assert.equal((await apogee.stop()).code, 0);
  }
  const home = new Home(t);
  const apogee = await started(home, await somePorts(), '--set', 'webSocketEnable=false');
  assert.match(apogee.stdout, /WebSocket {4}off/);
});

test('a port or a folder in use stops the start, and what had started with it', async (t) => {
  const home = new Home(t);
  const ports = await somePorts();
  const first = await started(home, ports);
  const options = async (changed: Partial<Ports>, data: string) => {
    const any = { broker: 0, namesrv: 0, webSocket: 0, http: 0 };
    const { broker, namesrv, webSocket, http } = { ...any, ...changed };
    return await home.run(
      'apogee',
      'start',
      ...['--port', `${broker}`, '--namesrv-port', `${namesrv}`, '--data', data],
      ...['--ws-port', `${webSocket}`, '--http-port', `${http}`],
      ...['--set', 'mappedFileSizeCommitLog=1048576'],
    );
  };
  for (const [changed, data, message] of [
    [
      { namesrv: ports.namesrv },
      'other',
      new RegExp(`port ${ports.namesrv} \\(--namesrv-port\\) is used`),
    ],
    [{ broker: ports.broker }, 'other', new RegExp(`port ${ports.broker} \\(--port\\) is used`)],
    [
      { webSocket: ports.webSocket },
      'other',
      new RegExp(`port ${ports.webSocket} \\(--ws-port\\) is used`),
    ],
    [{ http: ports.http }, 'other', new RegExp(`port ${ports.http} .*in use`)],
    [{}, 'data', /another process/],
  ] as const) {
    const { code, stderr } = await options(changed, data);
    assert.equal(code, 1);
    assert.match(stderr, message);
    assert.doesNotMatch(stderr, /\n\s+at /);
  }
  assert.equal(await send(`127.0.0.1:${ports.namesrv}`, 'still here'), 'SEND_OK');
  assert.equal((await first.stop()).code, 0);
});

test('wrong usage has exit code 2 and the nearest known name', async (t) => {
  const home = new Home(t);
  const command = await home.run('apogee', 'strat');
  assert.equal(command.code, 2);
  assert.match(command.stderr, /Did you mean start\?/);
  const option = await home.run('apogee', 'start', '--dat', 'x');
  assert.equal(option.code, 2);
  assert.match(option.stderr, /Did you mean --data\?/);
  const setting = await home.run('apogee', 'start', '--set', 'flushDiskType=SOMETIMES');
  assert.equal(setting.code, 1);
  assert.match(setting.stderr, /flushDiskType .*"SOMETIMES".*one of ASYNC_FLUSH, SYNC_FLUSH/);
  const help = await home.run('apogee', '--help');
  assert.equal(help.code, 0);
  assert.match(help.stdout, /Examples:/);
});
