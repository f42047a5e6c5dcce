// SPDX-License-Identifier: Apache-2.0
/**
 * A name server and a broker to test: ours, or Apache's with APOGEE_CONFORMANCE_TARGET=apache,
 * which shows whether a test asks for what Apache does.
 */
import path from 'node:path';
import { startApacheBroker, startApacheNamesrv } from './apache-process.ts';
import { startApogee } from './apogee-servers.ts';
import { prepareJava } from './java.ts';
import { temporaryFolder } from './processes.ts';

export interface Cluster {
  readonly namesrvAddr: string;
  readonly brokerAddr: string;
  /** For files of a test; removed by `stop`. */
  readonly folder: string;
  stop(): Promise<void>;
}

export const targetIsApache = process.env['APOGEE_CONFORMANCE_TARGET'] === 'apache';

export async function startCluster(
  config: Readonly<Record<string, string>> = {},
): Promise<Cluster> {
  const folder = temporaryFolder('conformance');
  try {
    const servers = targetIsApache
      ? await startApache(folder.path, config)
      : await startOurs(folder.path, config);
    const stop = async () => {
      await servers.stop();
      folder.remove();
    };
    return { ...servers, folder: folder.path, stop };
  } catch (error) {
    folder.remove();
    throw error;
  }
}

async function startOurs(folder: string, config: Readonly<Record<string, string>>) {
  const { namesrvAddr, brokerAddr, stop } = await startApogee({ dataDir: folder, config });
  return { namesrvAddr, brokerAddr, stop };
}

async function startApache(folder: string, config: Readonly<Record<string, string>>) {
  await prepareJava();
  const namesrv = await startApacheNamesrv(path.join(folder, 'namesrv'));
  const broker = await startApacheBroker({
    home: path.join(folder, 'broker'),
    namesrvAddr: namesrv.namesrvAddr,
    config,
  }).catch(async (error: unknown) => {
    await namesrv.stop();
    throw error;
  });
  const stop = async () => {
    await broker.stop();
    await namesrv.stop();
  };
  return { namesrvAddr: namesrv.namesrvAddr, brokerAddr: broker.brokerAddr, stop };
}
