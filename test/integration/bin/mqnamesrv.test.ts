// SPDX-License-Identifier: Apache-2.0
/**
 * Goal: `mqnamesrv` starts, answers, stops and fails as its users expect. Method: child processes
 * in a home of their own, on free ports.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { SystemClock } from '../../../src/core/clock.ts';
import { RequestCode, ResponseCode } from '../../../src/protocol/codes.ts';
import { createRequest } from '../../../src/protocol/remoting-command.ts';
import { PooledRemotingClient } from '../../../src/transport/remoting-client.ts';
import { TcpConnector } from '../../../src/transport/tcp-connector.ts';
import { WebSocketConnector } from '../../../src/transport/websocket-connector.ts';
import { nodeWebSocket } from '../../../src/transport/websocket-node.ts';
import { freePorts } from '../../helpers/ports.ts';
import { Home } from './command.ts';

const clock = new SystemClock();
const timeoutMs = 3000;

async function configFile(home: Home, extra = ''): Promise<{ file: string; ports: number[] }> {
  const ports = await freePorts(3);
  const file = home.path('namesrv.properties');
  const keys = ['listenPort', 'webSocketListenPort', 'httpListenPort'];
  const lines = keys.map((key, index) => `${key}=${ports[index]}\n`).join('');
  writeFileSync(file, `bindAddress=127.0.0.1\n${lines}${extra}`);
  return { file, ports };
}

test('starts with the banner, serves TCP, WebSocket and health, stops with code 0', async (t) => {
  const home = new Home(t);
  const { file, ports } = await configFile(home);
  const server = home.start('mqnamesrv', '-c', file);
  const [port, webSocketPort, healthPort] = ports;
  await server.says(
    `The Name Server boot success. serializeType=JSON, address 127.0.0.1:${port}\n`,
  );
  const connectors = [
    [new TcpConnector({ clock }), port],
    [new WebSocketConnector({ clock, webSocket: await nodeWebSocket() }), webSocketPort],
  ] as const;
  for (const [connector, at] of connectors) {
    const client = new PooledRemotingClient({ connector, clock });
    const request = createRequest(RequestCode.GET_NAMESRV_CONFIG);
    const response = await client.invoke(`127.0.0.1:${at}`, request, { timeoutMs });
    assert.equal(response.code, ResponseCode.SUCCESS);
    assert.match(Buffer.from(response.body ?? []).toString(), new RegExp(`listenPort=${port}\n`));
    await client.close();
  }
  for (const path of ['healthz', 'readyz']) {
    const answer = await fetch(`http://127.0.0.1:${healthPort}/${path}`);
    assert.equal(answer.status, 200);
  }
  const { code, stderr } = await server.stop();
  assert.equal(code, 0, stderr);
});

test('mqshutdown stops what runs, and says when nothing does', async (t) => {
  const home = new Home(t);
  const nothing = await home.run('mqshutdown', 'namesrv');
  assert.equal(nothing.code, 1);
  assert.match(nothing.stderr, /No name server .* is running/);
  const { file, ports } = await configFile(home);
  const server = home.start('mqnamesrv', '-c', file);
  await server.says('boot success');
  assert.equal((await home.run('mqshutdown', 'broker')).code, 1);
  const stopped = await home.run('mqshutdown', 'namesrv');
  assert.equal(stopped.code, 0, stopped.stderr);
  assert.match(stopped.stdout, new RegExp(`name server 127\\.0\\.0\\.1:${ports[0]}`));
  assert.equal((await server.finished).code, 0);
  assert.equal((await home.run('mqshutdown')).code, 2);
});

test('a port in use is one sentence with the cure and exit code 1', async (t) => {
  const home = new Home(t);
  const { file, ports } = await configFile(home);
  const first = home.start('mqnamesrv', '-c', file);
  await first.says('boot success');
  const second = await home.run('mqnamesrv', '-c', file);
  assert.equal(second.code, 1);
  assert.match(second.stderr, new RegExp(`port ${ports[0]} \\(listenPort\\) is used`));
  assert.match(second.stderr, /set listenPort to a free port/);
  assert.doesNotMatch(second.stderr, /\n\s+at /);
});

test('default ports of WebSocket and health that are taken cost these alone', async (t) => {
  const home = new Home(t);
  const [port, other] = await freePorts(2);
  const args = (listenPort: number | undefined) => ['namesrv', '--set', `listenPort=${listenPort}`];
  const first = home.start('apogee', ...args(port));
  await first.says('boot success');
  const second = home.start('apogee', ...args(other));
  await second.says('boot success');
  assert.match(second.stderr, /default WebSocket port is taken/);
  assert.match(second.stderr, /default health port is taken/);
});

test('wrong values, unknown keys and unreadable files', async (t) => {
  const home = new Home(t);
  const { file } = await configFile(home, 'scanNotActiveBrokerInterval=often\n');
  const wrong = await home.run('mqnamesrv', '-c', file);
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /scanNotActiveBrokerInterval .*namesrv\.properties:5 .*"often"/);
  assert.match(wrong.stderr, /a whole number from 1/);
  const { file: misspelt } = await configFile(home, 'orderMesageEnable=true\n');
  const server = home.start('mqnamesrv', '-c', misspelt);
  await server.says('boot success');
  assert.match(server.stderr, /unknown key orderMesageEnable .*did you mean orderMessageEnable/);
  const missing = await home.run('mqnamesrv', '-c', home.path('nowhere.properties'));
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /nowhere\.properties cannot be read/);
  const usage = await home.run('mqnamesrv', '--printConfigItems');
  assert.equal(usage.code, 2);
  assert.match(usage.stderr, /Did you mean --printConfigItem\?/);
});

test('-p prints every setting, the file taken into account', async (t) => {
  const home = new Home(t);
  const { file, ports } = await configFile(home);
  const { code, stdout } = await home.run('mqnamesrv', '-c', file, '-p');
  assert.equal(code, 0);
  assert.match(stdout, new RegExp(`^listenPort=${ports[0]}$`, 'm'));
  assert.match(stdout, /^scanNotActiveBrokerInterval=5000$/m);
});

test('a change over the wire is kept in the file that was read, the old one in .bak', async (t) => {
  const home = new Home(t);
  const { file, ports } = await configFile(home);
  const before = readFileSync(file, 'utf8');
  const server = home.start('mqnamesrv', '-c', file);
  await server.says('boot success');
  const client = new PooledRemotingClient({ connector: new TcpConnector({ clock }), clock });
  const request = createRequest(RequestCode.UPDATE_NAMESRV_CONFIG);
  request.body = Buffer.from('orderMessageEnable=true\n');
  const response = await client.invoke(`127.0.0.1:${ports[0]}`, request, { timeoutMs });
  assert.equal(response.code, ResponseCode.SUCCESS, response.remark);
  await client.close();
  assert.match(readFileSync(file, 'utf8'), /^orderMessageEnable=true$/m);
  assert.equal(readFileSync(`${file}.bak`, 'utf8'), before);
});
