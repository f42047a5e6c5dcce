// SPDX-License-Identifier: Apache-2.0
/** Apache RocketMQ's own servers as child processes. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type SerializeType, startJvm } from './java.ts';
import { freeBrokerPort, freePort } from './ports.ts';
import type { ManagedProcess } from './processes.ts';
import { jsonRequest, RemotingSocket } from './remoting-socket.ts';

const BOOT_TIMEOUT_MS = 60_000;
const SHUTDOWN_TIMEOUT_MS = 60_000;
/** Exit code of a JVM whose shutdown hooks ran to their end. */
const ENDED_BY_SIGTERM = 143;
/** A broker that booted before its first connection to the name server registers 10 s later. */
const ROUTE_TIMEOUT_MS = 30_000;
const GET_ROUTEINFO_BY_TOPIC = 105;

export interface ApacheNamesrv {
  readonly process: ManagedProcess;
  readonly namesrvAddr: string;
  /** At once; its files are of no use afterwards. */
  stop(): Promise<void>;
}

export interface ApacheBroker {
  readonly process: ManagedProcess;
  readonly namesrvAddr: string;
  readonly brokerAddr: string;
  readonly storeFolder: string;
  /** At once; its store is left as a crash leaves it. */
  stop(): Promise<void>;
  /** By its shutdown hook, which takes about 12 s. */
  stopCleanly(): Promise<void>;
}

/** Small files and no page-cache refusals, so that a broker starts fast on a busy machine. */
const quickBroker: Readonly<Record<string, string>> = {
  brokerClusterName: 'DefaultCluster',
  brokerName: 'broker-a',
  brokerId: '0',
  brokerIP1: '127.0.0.1',
  brokerIP2: '127.0.0.1',
  mappedFileSizeCommitLog: '67108864',
  mappedFileSizeConsumeQueue: '300000',
  maxHashSlotNum: '50000',
  maxIndexNum: '200000',
  mappedFileSizeTimerLog: '1048576',
  timerWheelSlotNum: '1000',
  brokerFastFailureEnable: 'false',
  osPageCacheBusyTimeOutMills: '30000',
  diskMaxUsedSpaceRatio: '98',
};

export async function startApacheNamesrv(
  home: string,
  serializeType: SerializeType = 'JSON',
): Promise<ApacheNamesrv> {
  mkdirSync(home, { recursive: true });
  const port = await freePort();
  const process = startJvm({
    mainClass: 'org.apache.rocketmq.namesrv.NamesrvStartup',
    args: ['-c', settingsFile(home, 'namesrv.properties', { listenPort: `${port}` })],
    home,
    heapMegabytes: 256,
    serializeType,
  });
  await booted(process);
  return { process, namesrvAddr: `127.0.0.1:${port}`, stop: () => process.kill() };
}

export interface ApacheBrokerOptions {
  readonly home: string;
  readonly namesrvAddr: string;
  readonly serializeType?: SerializeType;
  readonly storeFolder?: string;
  readonly config?: Readonly<Record<string, string>>;
}

export async function startApacheBroker(options: ApacheBrokerOptions): Promise<ApacheBroker> {
  mkdirSync(options.home, { recursive: true });
  const port = await freeBrokerPort();
  const storeFolder = options.storeFolder ?? path.join(options.home, 'store');
  const settings = {
    ...quickBroker,
    listenPort: `${port}`,
    storePathRootDir: storeFolder,
    storePathCommitLog: path.join(storeFolder, 'commitlog'),
    namesrvAddr: options.namesrvAddr,
    ...options.config,
  };
  const process = startJvm({
    mainClass: 'org.apache.rocketmq.broker.BrokerStartup',
    args: ['-c', settingsFile(options.home, 'broker.properties', settings)],
    home: options.home,
    heapMegabytes: 640,
    serializeType: options.serializeType ?? 'JSON',
  });
  await booted(process);
  await untilRouted(process, options.namesrvAddr, 'TBW102', `127.0.0.1:${port}`);
  return {
    process,
    namesrvAddr: options.namesrvAddr,
    brokerAddr: `127.0.0.1:${port}`,
    storeFolder,
    stop: () => process.kill(),
    stopCleanly: () => stopCleanly(process),
  };
}

function settingsFile(
  home: string,
  name: string,
  settings: Readonly<Record<string, string>>,
): string {
  const file = path.join(home, name);
  writeFileSync(
    file,
    Object.entries(settings)
      .map(([key, value]) => `${key}=${value}\n`)
      .join(''),
  );
  return file;
}

async function booted(process: ManagedProcess): Promise<void> {
  try {
    await process.untilOutput(/boot success/, BOOT_TIMEOUT_MS);
  } catch (error) {
    await process.kill();
    throw error;
  }
}

/** Waits until the name server tells clients of `topic` this broker's address. */
async function untilRouted(
  process: ManagedProcess,
  namesrvAddr: string,
  topic: string,
  brokerAddr: string,
): Promise<void> {
  const socket = await RemotingSocket.open(namesrvAddr);
  try {
    await process.until(async () => {
      const answer = await socket.ask(jsonRequest(GET_ROUTEINFO_BY_TOPIC, { topic }));
      return answer.includes(`"${brokerAddr}"`) ? true : undefined;
    }, ROUTE_TIMEOUT_MS);
  } catch (error) {
    await process.kill();
    throw error;
  } finally {
    socket.close();
  }
}

async function stopCleanly(process: ManagedProcess): Promise<void> {
  const end = await process.stop(SHUTDOWN_TIMEOUT_MS);
  if (end !== ENDED_BY_SIGTERM) throw new Error(`the broker did not stop cleanly: ${end}`);
}
