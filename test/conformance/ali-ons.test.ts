// SPDX-License-Identifier: Apache-2.0
/**
 * Goal: ali-ons 3.12.0, the remoting client of Node that people use, sends to our broker and
 * receives from it. Method: its producer and push consumer in a process of their own.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { type Cluster, startCluster } from '../helpers/conformance-cluster.ts';
import { projectRoot, runToEnd } from '../helpers/processes.ts';
import { jsonRequest, RemotingSocket } from '../helpers/remoting-socket.ts';

const TIMEOUT_MS = 60_000;
const COUNT = 20;
const TOPIC = 'AliTopic';
const UPDATE_AND_CREATE_TOPIC = 17;

interface Outcome {
  readonly sent: readonly { readonly sendStatus: string; readonly msgId: string }[];
  readonly received: readonly {
    readonly msgId: string;
    readonly tags: string;
    readonly body: string;
    readonly reconsumeTimes: number;
  }[];
}

let cluster: Cluster | undefined;
before(
  async () => {
    cluster = await startCluster();
    // This client cannot create a topic by sending to it.
    const broker = await RemotingSocket.open(cluster.brokerAddr);
    await broker.ask(
      jsonRequest(UPDATE_AND_CREATE_TOPIC, {
        ...{ topic: TOPIC, defaultTopic: 'TBW102', readQueueNums: '4', writeQueueNums: '4' },
        ...{ perm: '6', topicFilterType: 'SINGLE_TAG', topicSysFlag: '0', order: 'false' },
      }),
    );
    broker.close();
  },
  { timeout: TIMEOUT_MS },
);
after(() => cluster?.stop(), { timeout: TIMEOUT_MS });

test('ali-ons sends to a topic and consumes it by tags', async () => {
  const script = path.join(projectRoot, 'dist/test/conformance/ali-ons-client.js');
  const args = [script, cluster?.namesrvAddr ?? '', TOPIC, `${COUNT}`];
  const output = await runToEnd(process.execPath, args, { timeoutMs: TIMEOUT_MS });
  const line = output.split('\n').find((each) => each.startsWith('{')) ?? '{}';
  const { sent, received } = JSON.parse(line) as Outcome;
  assert.equal(sent.length, COUNT);
  assert.ok(sent.every(({ sendStatus }) => sendStatus === 'SEND_OK'));
  const numbers = Array.from({ length: COUNT }, (_, n) => n);
  const expected = numbers.map((n) => `ali ${n} 消息 ${n % 2 === 0 ? 'Even' : 'Odd'} 0`).sort();
  assert.deepEqual(
    received.map(({ body, tags, reconsumeTimes }) => `${body} ${tags} ${reconsumeTimes}`).sort(),
    expected,
  );
  assert.deepEqual(
    received.map(({ msgId }) => msgId).sort(),
    sent.map(({ msgId }) => msgId).sort(),
  );
});
