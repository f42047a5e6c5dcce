// SPDX-License-Identifier: Apache-2.0
/** Goal: `mqbroker` takes Apache's options and files, and refuses what it would misread. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { freePorts } from '../../helpers/ports.ts';
import { Home } from './command.ts';

const conf = fileURLToPath(new URL('../../../../conf/', import.meta.url));

/** Settings that let several brokers live on one machine, in little space. */
async function brokerFile(home: Home, name: string, extra = ''): Promise<string> {
  const [port, webSocketPort, httpPort] = await freePorts(3);
  const file = home.path(`${name}.properties`);
  const text = `brokerName=${name}
brokerIP1=127.0.0.1
bindAddress=127.0.0.1
listenPort=${port}
webSocketListenPort=${webSocketPort}
httpListenPort=${httpPort}
storePathRootDir=${home.path(name)}
mappedFileSizeCommitLog=1048576
maxHashSlotNum=1000
maxIndexNum=4000
${extra}`;
  writeFileSync(file, text);
  return file;
}

test('registers with a name server, says so in the banner, stops with code 0', async (t) => {
  const home = new Home(t);
  const [namesrvPort] = await freePorts(1);
  const namesrv = home.start('apogee', 'namesrv', '--set', `listenPort=${namesrvPort}`);
  await namesrv.says('boot success');
  const file = await brokerFile(home, 'broker-x');
  const broker = home.start('mqbroker', '-n', `127.0.0.1:${namesrvPort}`, '-c', file);
  await broker.says('boot success');
  const [first = '', second = ''] = broker.stdout.split(' serializeType=JSON ');
  assert.match(first, /^The broker\[broker-x, 127\.0\.0\.1:\d+\] boot success\.$/);
  assert.equal(second, `and name server is 127.0.0.1:${namesrvPort}\n`);
  const again = home.start('mqbroker', '-c', file);
  const { code, stderr } = await again.finished;
  assert.equal(code, 1, 'the same store twice');
  assert.match(stderr, /another process/);
  assert.doesNotMatch(stderr, /\n\s+at /);
  const stopped = await home.run('mqshutdown', 'broker');
  assert.match(stopped.stdout, /Stopped the broker 127\.0\.0\.1:\d+/);
  assert.equal((await broker.finished).code, 0, broker.stderr);
});

test('without a name server it runs and says that nobody finds it', async (t) => {
  const home = new Home(t);
  const broker = home.start('mqbroker', '-c', await brokerFile(home, 'alone'));
  await broker.says('boot success. serializeType=JSON\n');
  assert.match(broker.stderr, /no name server is set/);
  assert.equal((await broker.stop()).code, 0);
});

test('-p prints every setting, -m the important ones', async (t) => {
  const home = new Home(t);
  const all = await home.run('mqbroker', '-c', `${conf}2m-noslave/broker-a.properties`, '-p');
  assert.equal(all.code, 0, all.stderr);
  assert.match(all.stdout, /^brokerName=broker-a$/m);
  assert.match(all.stdout, /^osPageCacheBusyTimeOutMills=1000$/m);
  const important = await home.run('mqbroker', '-m', '-n', '10.0.0.1:9876');
  assert.match(important.stdout, /^namesrvAddr=10\.0\.0\.1:9876$/m);
  assert.match(important.stdout, /^listenPort=10911$/m);
  assert.doesNotMatch(important.stdout, /osPageCacheBusyTimeOutMills/);
  assert.ok(important.stdout.split('\n').length < 60);
});

test('roles and formats of others are refused, not misread', async (t) => {
  const home = new Home(t);
  for (const setting of [
    'brokerRole=SLAVE',
    'enableDLegerCommitLog=true',
    'enableControllerMode=true',
    'storeType=defaultRocksDB',
  ]) {
    const file = await brokerFile(home, 'other', `${setting}\n`);
    const { code, stderr } = await home.run('mqbroker', '-c', file);
    assert.equal(code, 1);
    assert.ok(stderr.includes(setting), `${setting}: ${stderr}`);
  }
});

test('known keys without effect are named once', async (t) => {
  const home = new Home(t);
  const file = await brokerFile(home, 'idle-keys', 'fileReservedTime=12\ndeleteWhen=04\n');
  const broker = home.start('mqbroker', '-c', file);
  await broker.says('boot success');
  assert.equal(broker.stderr.match(/fileReservedTime is known but has no effect/g)?.length, 1);
  assert.doesNotMatch(broker.stderr, /deleteWhen/, 'its default');
});

test('a folder that cannot be used is one sentence', async (t) => {
  const home = new Home(t);
  writeFileSync(home.path('file'), '');
  const file = await brokerFile(home, 'b', `storePathRootDir=${home.path('file', 'store')}\n`);
  const { code, stderr } = await home.run('mqbroker', '-c', file);
  assert.equal(code, 1);
  assert.match(stderr, /file\/store/);
  assert.doesNotMatch(stderr, /\n\s+at /);
});

test('a reader of the banner may leave without stopping the broker', async (t) => {
  const home = new Home(t);
  const broker = home.start('mqbroker', '-c', await brokerFile(home, 'deaf'));
  await broker.says('boot success');
  broker.child.stdout?.destroy();
  broker.child.stderr?.destroy();
  await new Promise((resolve) => setTimeout(resolve, 100));
  broker.child.kill('SIGTERM');
  assert.equal((await broker.finished).code, 0);
});
