// SPDX-License-Identifier: Apache-2.0
/**
 * Goal: official Java clients live through the death of our broker: what was answered SEND_OK is
 * there afterwards, and producer and consumer go on by themselves.
 * Method: SIGKILL in the middle of a load, the same ports and folder again.
 */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ApogeeProcess, startApogee } from '../helpers/apogee-servers.ts';
import { JavaClients, javaMissing, prepareJava } from '../helpers/java.ts';
import { type TemporaryFolder, temporaryFolder } from '../helpers/processes.ts';
import { Remote, received } from './java-suite.ts';

const SETUP_TIMEOUT_MS = 360_000;
const TEST_TIMEOUT_MS = 120_000;
const LOAD_MS = 6000;

const missing = javaMissing();
let folder: TemporaryFolder | undefined;
let apogee: ApogeeProcess | undefined;
let java: JavaClients | undefined;

before(
  async () => {
    if (missing !== undefined) return;
    await prepareJava();
    folder = temporaryFolder('restart');
    mkdirSync(path.join(folder.path, 'java'));
    java = await JavaClients.start(path.join(folder.path, 'java'));
  },
  { timeout: SETUP_TIMEOUT_MS },
);
after(
  async () => {
    await java?.stop();
    await apogee?.stop();
    folder?.remove();
  },
  { timeout: TEST_TIMEOUT_MS },
);

async function client(kind: string, fields: object): Promise<Remote> {
  assert.ok(java !== undefined && apogee !== undefined);
  const { namesrvAddr } = apogee;
  return new Remote(java, kind, await java.call(`${kind}.start`, { namesrvAddr, ...fields }));
}

const options = { skip: missing ?? false, timeout: TEST_TIMEOUT_MS };

test('what was answered SEND_OK is consumed after a kill in the middle', options, async () => {
  assert.ok(folder !== undefined);
  apogee = await startApogee({ dataDir: folder.path });
  const { ports } = apogee;
  const topic = 'Restarted';
  const producer = await client('producer', { group: 'P', retries: 2, timeoutMs: 3000 });
  await producer.call('send', { topic, body: 'before' });
  // A new broker knows its consumers by their next heart beat.
  const consumer = await client('push', { topic, group: 'G', heartbeatMs: 1000 });
  await received(consumer, 1);
  const load = producer.call<{ stored: string[]; failed: number }>('loadFor', {
    ...{ topic, threads: 4, durationMs: LOAD_MS },
  });
  await sleep(LOAD_MS / 3);
  await apogee.process.kill();
  apogee = await startApogee({ dataDir: folder.path, ports });
  const { stored } = await load;
  await producer.call('send', { topic, body: 'after' });
  const wanted = new Set(['before', ...stored, 'after']);
  const endMs = performance.now() + TEST_TIMEOUT_MS / 2;
  let lost: string[];
  do {
    await sleep(200);
    for (const { body } of await received(consumer, 0, 0)) wanted.delete(body ?? '');
    lost = [...wanted];
  } while (lost.length > 0 && performance.now() < endMs);
  assert.deepEqual(lost, []);
  assert.ok(stored.length > 100, `${stored.length} messages were sent`);
  await consumer.stop();
});
