// SPDX-License-Identifier: Apache-2.0
/** `apogee start` in a folder of its own, for tests that need one process and nothing else. */
import { startApogee as startIn } from './apogee-servers.ts';
import { temporaryFolder } from './processes.ts';

export interface ApogeeProcess {
  readonly pid: number;
  readonly folder: string;
  readonly namesrvPort: number;
  readonly brokerPort: number;
  readonly webSocketPort: number;
  readonly httpPort: number;
  /** Standard error so far: the log. */
  stderr(): string;
  stop(): Promise<void>;
  /** Removes the folder; call it after `stop`. */
  remove(): void;
}

export async function startApogee(
  config: Readonly<Record<string, string>> = {},
): Promise<ApogeeProcess> {
  const folder = temporaryFolder('process');
  const { process, ports, stop } = await startIn({ dataDir: folder.path, config });
  return {
    pid: process.child.pid ?? 0,
    folder: folder.path,
    namesrvPort: ports.namesrv,
    brokerPort: ports.broker,
    webSocketPort: ports.webSocket,
    httpPort: ports.http,
    stderr: () => process.errors,
    stop,
    remove: () => folder.remove(),
  };
}
