// SPDX-License-Identifier: Apache-2.0
/**
 * Goal: the SDK does its work against our own servers, over TCP and over WebSocket.
 * Method: `apogee start` as a child process; the same cases over both transports.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as browser from '../../../src/sdk/browser.ts';
import { silentLog } from '../../../src/sdk/node.ts';
import { nodeWebSocket } from '../../../src/transport/websocket-node.ts';
import { startApogee } from '../../helpers/apogee-servers.ts';
import { temporaryFolder } from '../../helpers/processes.ts';
import { fresh, type SdkCluster, sdkSuite } from './sdk-suite.ts';

async function cluster(transport: 'tcp' | 'websocket'): Promise<SdkCluster> {
  const folder = temporaryFolder('sdk');
  const servers = await startApogee({ dataDir: folder.path });
  return {
    namesrvAddr:
      transport === 'tcp' ? servers.namesrvAddr : `ws://127.0.0.1:${servers.ports.webSocket}`,
    close: async () => {
      await servers.stop();
      folder.remove();
    },
  };
}

sdkSuite('TCP', () => cluster('tcp'));
sdkSuite('WebSocket', () => cluster('websocket'));

test('the browser entry sends and consumes, with one URL', async (context) => {
  const { namesrvAddr, close } = await cluster('websocket');
  context.after(close);
  const options = { namesrvAddr, webSocket: await nodeWebSocket(), log: silentLog };
  const topic = fresh('browser');
  const producer = new browser.Producer({ ...options, group: 'PG' });
  await producer.start();
  await producer.send({ topic, body: 'from a page' });
  const consumer = new browser.PushConsumer({
    ...options,
    group: fresh('group'),
    subscriptions: { [topic]: '*' },
  });
  await consumer.start();
  for await (const message of consumer.messages()) {
    assert.equal(message.text(), 'from a page');
    message.ack();
    break;
  }
  await consumer.close();
  await producer.close();
});
