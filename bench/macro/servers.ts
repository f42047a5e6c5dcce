// SPDX-License-Identifier: Apache-2.0
/** Both brokers with equal settings, each with its name server, in folders of this run. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { startApogee } from '../../test/helpers/apogee-servers.ts';
import { freeBrokerPort, freePort } from '../../test/helpers/ports.ts';
import { ManagedProcess, projectRoot } from '../../test/helpers/processes.ts';

export type FlushDiskType = 'ASYNC_FLUSH' | 'SYNC_FLUSH';

export interface Server {
  readonly name: 'apogee' | 'apache';
  /** Of the process whose CPU and memory count: the broker's. */
  readonly pid: number;
  /** Of all processes that serve. */
  readonly pids: readonly number[];
  readonly brokerPort: number;
  readonly namesrvAddr: string;
  /** When the processes were started, ms since the epoch. */
  readonly startedAtMs: number;
  stop(): Promise<void>;
}

export const ROCKETMQ_JARS = path.join(
  projectRoot,
  ...['test', 'conformance', 'java', 'target', 'lib', '*'],
);

/** Of both brokers; Apache's defaults where a key is missing. */
const commonSettings = { brokerIP1: '127.0.0.1', autoCreateTopicEnable: 'true' } as const;
const BOOT_TIMEOUT_MS = 60_000;

/** `bin/runbroker.sh` of Apache RocketMQ, but for the heap: 8 GiB there. */
const brokerJvm = [
  ...['-server', '-Xms1g', '-Xmx1g', '-XX:+UseG1GC', '-XX:G1HeapRegionSize=16m'],
  ...['-XX:G1ReservePercent=25', '-XX:InitiatingHeapOccupancyPercent=30'],
  ...['-XX:SoftRefLRUPolicyMSPerMB=0', '-XX:-OmitStackTraceInFastThrow'],
  ...['-XX:MaxDirectMemorySize=4g', '-XX:-UseLargePages'],
];
const brokerModules = [
  '--add-opens=java.base/java.nio=ALL-UNNAMED',
  '--add-exports=java.base/sun.nio.ch=ALL-UNNAMED',
  '--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED',
];

/** `brokerPort` is chosen when not given. */
export async function startApogeeServer(
  folder: string,
  flush: FlushDiskType,
  brokerPort?: number,
): Promise<Server> {
  mkdirSync(folder, { recursive: true });
  const broker = brokerPort ?? (await freeBrokerPort());
  const startedAtMs = Date.now();
  const started = await startApogee({
    dataDir: folder,
    ports: { broker },
    config: { ...commonSettings, flushDiskType: flush },
  });
  const pid = pidOf(started.process);
  return {
    name: 'apogee',
    pid,
    pids: [pid],
    brokerPort: started.ports.broker,
    namesrvAddr: started.namesrvAddr,
    startedAtMs,
    stop: () => started.stop(),
  };
}

export async function startApacheServer(
  folder: string,
  flush: FlushDiskType,
  port?: number,
): Promise<Server> {
  const store = path.join(folder, 'store');
  mkdirSync(store, { recursive: true });
  const namesrvPort = await freePort();
  const brokerPort = port ?? (await freeBrokerPort());
  const namesrvAddr = `127.0.0.1:${namesrvPort}`;
  const startedAtMs = Date.now();
  const namesrv = startJvm(folder, ['-server', '-Xms256m', '-Xmx256m'], {
    mainClass: 'org.apache.rocketmq.namesrv.NamesrvStartup',
    settings: { listenPort: `${namesrvPort}` },
  });
  const broker = startJvm(folder, brokerJvm, {
    mainClass: 'org.apache.rocketmq.broker.BrokerStartup',
    settings: {
      ...commonSettings,
      brokerName: 'broker-a',
      listenPort: `${brokerPort}`,
      namesrvAddr,
      flushDiskType: flush,
      storePathRootDir: store,
      storePathCommitLog: path.join(store, 'commitlog'),
    },
  });
  const stop = async (): Promise<void> => {
    // Its store is thrown away, and its orderly end takes up to half a minute.
    await broker.kill();
    await namesrv.kill();
  };
  try {
    await namesrv.untilOutput(/boot success/, BOOT_TIMEOUT_MS);
    await broker.untilOutput(/boot success/, BOOT_TIMEOUT_MS);
  } catch (error) {
    await stop();
    throw error;
  }
  const pids = [pidOf(broker), pidOf(namesrv)];
  return { name: 'apache', pid: pidOf(broker), pids, brokerPort, namesrvAddr, startedAtMs, stop };
}

interface JvmServer {
  readonly mainClass: string;
  readonly settings: Readonly<Record<string, string>>;
}

function startJvm(folder: string, jvm: readonly string[], server: JvmServer): ManagedProcess {
  const name = server.mainClass.split('.').at(-1) ?? server.mainClass;
  const file = path.join(folder, `${name}.properties`);
  const lines = Object.entries(server.settings).map(([key, value]) => `${key}=${value}\n`);
  writeFileSync(file, lines.join(''));
  return new ManagedProcess('java', javaArguments(folder, jvm, server.mainClass, ['-c', file]), {
    title: name,
    cwd: folder,
    env: { ROCKETMQ_HOME: folder, JAVA_TOOL_OPTIONS: '' },
  });
}

/** Logs of Apache's classes go below `folder`. */
export function javaArguments(
  folder: string,
  jvm: readonly string[],
  mainClass: string,
  args: readonly string[],
): string[] {
  const modules = mainClass.endsWith('BrokerStartup') ? brokerModules : [];
  return [
    ...modules,
    ...jvm,
    `-Duser.home=${folder}`,
    ...['-cp', ROCKETMQ_JARS, mainClass],
    ...args,
  ];
}

function pidOf({ child, title }: ManagedProcess): number {
  if (child.pid === undefined) throw new Error(`${title} did not start`);
  return child.pid;
}
