// SPDX-License-Identifier: Apache-2.0
/**
 * Goal: the SDK does its work against our own servers, over TCP and over WebSocket.
 * Method: `apogee start` as a child process; the same cases over both transports.
 */
import { startApogee } from '../../helpers/apogee-servers.ts';
import { temporaryFolder } from '../../helpers/processes.ts';
import { type SdkCluster, sdkSuite } from './sdk-suite.ts';

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
