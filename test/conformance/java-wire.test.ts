// SPDX-License-Identifier: Apache-2.0
/**
 * Goal: our servers leave no question of an official Java client open and answer each in the
 * header encoding it came in, with all that the strictest clients need.
 * Method: clients work through proxies that keep every frame; the frames are read afterwards.
 */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { decodeFrame } from '../../src/protocol/frame.ts';
import {
  isOneway,
  isResponse,
  type RemotingCommand,
  SerializeType,
} from '../../src/protocol/remoting-command.ts';
import { CaptureProxy } from '../helpers/capture-proxy.ts';
import { type Cluster, startCluster } from '../helpers/conformance-cluster.ts';
import { JavaClients, javaMissing, prepareJava } from '../helpers/java.ts';
import { Remote, received } from './java-suite.ts';

const SETUP_TIMEOUT_MS = 360_000;
const TEST_TIMEOUT_MS = 120_000;

/** What the work below makes a client ask: the test would be blind without them. */
const EXPECTED_CODES = [11, 14, 34, 35, 38, 41, 42, 105, 310, 320];
const REQUEST_CODE_NOT_SUPPORTED = 3;

const missing = javaMissing();
let cluster: Cluster | undefined;

before(
  async () => {
    if (missing !== undefined) return;
    await prepareJava();
    cluster = await startCluster();
  },
  { timeout: SETUP_TIMEOUT_MS },
);
after(() => cluster?.stop(), { timeout: TEST_TIMEOUT_MS });

/** Sends, batches, consumes concurrently and in order, asks for offsets, leaves. */
async function work(java: JavaClients, namesrvAddr: string, topic: string): Promise<void> {
  const client = async (kind: string, fields: object) =>
    new Remote(java, kind, await java.call(`${kind}.start`, { namesrvAddr, ...fields }));
  const producer = await client('producer', { group: `${topic}P` });
  await producer.call('send', { topic, body: 'one', tags: 'A' });
  const messages = [
    { topic, body: 'two' },
    { topic, body: 'three' },
  ];
  await producer.call('sendBatch', { messages });
  const consumers = [
    await client('push', { topic, group: `${topic}A` }),
    await client('push', { topic, group: `${topic}B`, orderly: true }),
  ];
  for (const consumer of consumers) {
    assert.equal((await received(consumer, 3)).length, 3);
    await consumer.stop();
  }
  await producer.stop();
}

interface Exchange {
  readonly request: RemotingCommand;
  readonly response: RemotingCommand | undefined;
}

function exchanges(proxy: CaptureProxy): Exchange[] {
  const asked = new Map<string, RemotingCommand>();
  const answered = new Map<string, RemotingCommand>();
  for (const { connection, from, bytes } of proxy.frames) {
    const command = decodeFrame(bytes);
    const key = `${connection}:${command.opaque}`;
    if (from === 'client' && !isResponse(command)) asked.set(key, command);
    if (from === 'server' && isResponse(command)) answered.set(key, command);
  }
  return [...asked].map(([key, request]) => ({ request, response: answered.get(key) }));
}

for (const [name, serializeType] of Object.entries(SerializeType)) {
  const options = { skip: missing ?? false, timeout: TEST_TIMEOUT_MS };
  test(`${name}: every request of a Java client has its answer`, options, async (context) => {
    assert.ok(cluster !== undefined);
    const broker = await CaptureProxy.start(cluster.brokerAddr);
    const replace = new Map([[cluster.brokerAddr, broker.address]]);
    const namesrv = await CaptureProxy.start(cluster.namesrvAddr, replace);
    const home = path.join(cluster.folder, `java-${name}`);
    mkdirSync(home);
    const java = await JavaClients.start(home, name as keyof typeof SerializeType);
    context.after(async () => {
      await java.stop();
      await broker.close();
      await namesrv.close();
    });
    await work(java, namesrv.address, `Wire${name}`);

    const all = [...exchanges(namesrv), ...exchanges(broker)];
    const codes = new Set(all.map(({ request }) => request.code));
    assert.deepEqual(
      EXPECTED_CODES.filter((code) => !codes.has(code)),
      [],
    );
    const text = ({ request, response }: Exchange) =>
      `${request.code} → ${response === undefined ? 'nothing' : `${response.code}`}`;
    // A long poll that waits when its client leaves is answered by nobody.
    const open = all.filter(({ request }) => !isOneway(request) && request.code !== 11);
    const unanswered = open.filter(({ response }) => response === undefined);
    assert.deepEqual(unanswered.map(text), []);
    const answered = all.filter(({ response }) => response !== undefined);
    assert.deepEqual(
      answered
        .filter(
          ({ response }) =>
            response?.code === REQUEST_CODE_NOT_SUPPORTED ||
            response?.serializeType !== serializeType,
        )
        .map(text),
      [],
    );
    assert.ok(answered.every(({ response }) => response?.version === 513));
    if (serializeType === SerializeType.JSON) assertExtFields([namesrv, broker]);
  });
}

/** C++ clients crash without `extFields` in an answer. */
function assertExtFields(proxies: readonly CaptureProxy[]): void {
  const answers = proxies.flatMap(({ frames }) => frames.filter(({ from }) => from === 'server'));
  for (const { bytes } of answers) {
    const end = 8 + bytes.readInt32BE(4);
    const header = JSON.parse(bytes.toString('utf8', 8, end)) as { extFields?: unknown };
    assert.equal(typeof header.extFields, 'object', bytes.toString('utf8', 8, end));
  }
}
