// SPDX-License-Identifier: Apache-2.0
/**
 * Goal: applications and shell commands end by themselves with the right exit code and output.
 * Method: child processes against `apogee start`.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type ApogeeProcess, startApogee } from '../../helpers/apogee-servers.ts';
import { ManagedProcess, projectRoot, temporaryFolder } from '../../helpers/processes.ts';
import { fresh } from './sdk-suite.ts';

const apogee = path.join(projectRoot, 'dist', 'src', 'bin', 'apogee.js');
const folder = temporaryFolder('shell');
let servers: ApogeeProcess;

before(async () => {
  servers = await startApogee({ dataDir: folder.path });
});

after(async () => {
  await servers.stop();
  folder.remove();
});

interface Result {
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

function start(args: readonly string[], namesrvAddr = servers.namesrvAddr) {
  let stdout = '';
  const child = new ManagedProcess(process.execPath, [apogee, ...args], {
    env: { NAMESRV_ADDR: namesrvAddr },
    onOutput: (text) => {
      stdout += text;
    },
  });
  const finished = async (): Promise<Result> => {
    const closed = new Promise((resolve) => child.child.once('close', resolve));
    const code = await child.ended;
    await closed;
    return { code, stdout, stderr: child.errors };
  };
  return { child, finished: finished(), output: () => stdout };
}

function run(args: readonly string[], input = '', namesrvAddr?: string): Promise<Result> {
  const { child, finished } = start(args, namesrvAddr);
  child.child.stdin?.end(input);
  return finished;
}

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '');

test('an application that closes its clients ends by itself', async () => {
  const script = fileURLToPath(new URL('./one-shot.js', import.meta.url));
  const child = new ManagedProcess(process.execPath, [script, servers.namesrvAddr]);
  const startMs = performance.now();
  const code = await child.ended;
  assert.equal(code, 0, child.output);
  assert.match(child.output, /closed/);
  assert.ok(performance.now() - startMs < 15_000);
});

test('pub says where the message is, sub prints it and ends', async () => {
  const topic = fresh('shell');
  const sent = await run(['pub', topic, 'hello', '--tag', 'A', '--key', 'k', '-p', 'a=b']);
  assert.equal(sent.code, 0, sent.stderr);
  assert.match(sent.stdout, /^SEND_OK [0-9A-F]{32} \S+ broker-a:\d offset 0\n$/);
  const piped = await run(['pub', topic, '-'], 'from\nstdin');
  assert.equal(piped.code, 0, piped.stderr);
  const read = await run(['sub', topic]);
  assert.deepEqual([read.code, read.stdout], [0, 'hello\nfrom\nstdin\n']);
  const json = await run(['sub', topic, '--json', '--max', '1']);
  const message = JSON.parse(json.stdout);
  assert.deepEqual(
    [message.body, message.tags, message.keys, message.properties.a],
    ['hello', 'A', ['k'], 'b'],
  );
  const tagged = await run(['sub', topic, '--tag', 'B']);
  assert.deepEqual([tagged.code, tagged.stdout], [0, '']);
});

test('lines of stdin are messages, and a group reads each of them once', async () => {
  const topic = fresh('lines');
  const lines = Array.from({ length: 500 }, (_, index) => `line ${index}`);
  const sent = await run(['pub', topic, '--lines', '--json'], `${lines.join('\n')}\n\n`);
  assert.equal(sent.code, 0, sent.stderr);
  assert.equal(linesOf(sent.stdout).length, 500);
  const group = fresh('group');
  const some = await run(['sub', topic, '--group', group, '--max', '100']);
  const rest = await run(['sub', topic, '--group', group]);
  const none = await run(['sub', topic, '--group', group]);
  assert.equal(linesOf(some.stdout).length, 100);
  assert.deepEqual([...linesOf(some.stdout), ...linesOf(rest.stdout)].sort(), [...lines].sort());
  assert.deepEqual([none.code, none.stdout], [0, '']);
});

test('--from takes a time', async () => {
  const topic = fresh('from');
  await run(['pub', topic, 'old']);
  const between = new Date().toISOString();
  await run(['pub', topic, 'new']);
  const read = await run(['sub', topic, '--from', between]);
  assert.equal(read.stdout, 'new\n');
  assert.equal((await run(['sub', topic, '--from', 'last'])).stdout, '');
});

test('--follow waits for the topic, prints as messages come, and ends at Ctrl-C', async () => {
  const topic = fresh('follow');
  const follower = start(['sub', topic, '--follow']);
  await follower.child.until(
    () => (follower.child.errors.includes('waiting for it') ? true : undefined),
    10_000,
  );
  await run(['pub', topic, 'first']);
  await run(['pub', topic, 'second']);
  await follower.child.until(
    () => (follower.output().includes('second') ? true : undefined),
    10_000,
  );
  follower.child.child.kill('SIGINT');
  const { code, stdout, stderr } = await follower.finished;
  assert.equal(code, 0, stderr);
  assert.deepEqual(linesOf(stdout).sort(), ['first', 'second']);
  assert.match(stderr, /does not exist .*waiting for it/);
});

test('--follow with a group shares, commits, and ends after --max', async () => {
  const topic = fresh('member');
  const group = fresh('group');
  await run(['pub', topic, 'a']);
  const read = await run(['sub', topic, '-g', group, '--follow', '--from', 'first', '--max', '1']);
  assert.deepEqual([read.code, read.stdout], [0, 'a\n']);
  const again = await run(['sub', topic, '-g', group]);
  assert.equal(again.stdout, '');
});

test('failures are one sentence and exit code 1, wrong usage is 2', async () => {
  const unknown = await run(['sub', fresh('unknown')]);
  assert.equal(unknown.code, 1);
  assert.match(unknown.stderr, /^topic \S+ does not exist in DefaultCluster .*\n$/);
  const away = await run(['pub', 'T', 'x', '--timeout', '300'], '', '127.0.0.1:1');
  assert.equal(away.code, 1);
  assert.match(away.stderr, /^no name server answers .*\n$/);
  assert.equal((await run(['pub', 'bad topic', 'x'])).code, 1);
  assert.equal((await run(['pub', 'T', '--lines', '--count', 'x'])).code, 2);
  assert.equal((await run(['sub', 'T', '--from', 'soon'])).code, 2);
});

test('bench prints rates and percentiles, and no progress into a pipe', async () => {
  const topic = fresh('bench');
  const sent = await run(['bench', 'pub', topic, '--count', '2000', '--batch', '10']);
  assert.equal(sent.code, 0, sent.stderr);
  assert.match(sent.stdout, /^pub \S+: 2,000 messages in .* messages\/s/);
  assert.match(sent.stdout, /p50 .* p99\.9/);
  assert.equal(sent.stderr, '');
  const read = JSON.parse((await run(['bench', 'sub', topic, '-c', '2000', '--json'])).stdout);
  assert.deepEqual([read.messages, read.failed], [2000, 0]);
  const timed = await run(['bench', 'latency', topic, '-c', '200', '--rate', '400', '--json']);
  const report = JSON.parse(timed.stdout);
  assert.equal(report.latencies.receipt.count, 200);
  assert.ok(report.latencies.receipt.p50Ms > 0);
});

test('over WebSocket too', async () => {
  const topic = fresh('ws');
  const address = `ws://127.0.0.1:${servers.ports.webSocket}`;
  assert.equal((await run(['pub', topic, 'x'], '', address)).code, 0);
  assert.equal((await run(['sub', topic], '', address)).stdout, 'x\n');
});
