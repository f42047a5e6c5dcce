// SPDX-License-Identifier: Apache-2.0
/**
 * Goal: our SDK works with a cluster of Apache RocketMQ 5.5.0 as it does with ours.
 * Method: the cases of the integration tests against Apache's name server and broker.
 */
import path from 'node:path';
import { startApacheBroker, startApacheNamesrv } from '../helpers/apache-process.ts';
import { javaMissing, prepareJava } from '../helpers/java.ts';
import { temporaryFolder } from '../helpers/processes.ts';
import { type SdkCluster, sdkSuite } from '../integration/client/sdk-suite.ts';

async function apache(): Promise<SdkCluster> {
  await prepareJava();
  const folder = temporaryFolder('sdk-apache');
  const namesrv = await startApacheNamesrv(path.join(folder.path, 'namesrv'));
  const { namesrvAddr } = namesrv;
  const broker = await startApacheBroker({ home: path.join(folder.path, 'broker'), namesrvAddr });
  const close = async () => {
    await broker.stop();
    await namesrv.stop();
    folder.remove();
  };
  return { namesrvAddr, close };
}

sdkSuite('Apache 5.5.0', apache, javaMissing());
