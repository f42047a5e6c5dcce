// SPDX-License-Identifier: Apache-2.0
/** `apogee start`: name server and broker in one process, everything in one folder. */
import path from 'node:path';
import { SystemClock } from '../core/clock.ts';
import type { Settings } from '../core/config/settings.ts';
import { formatHostPort } from '../protocol/ip-address.ts';
import type { SocketAddress } from '../protocol/transport.ts';
import { type BrokerRole, brokerSettings, startBroker } from './broker-process.ts';
import { packageVersion } from './command-line.ts';
import { startHealthServer } from './health-server.ts';
import { createLog, logOptions } from './log.ts';
import { type NamesrvRole, namesrvSettings, startNamesrv } from './namesrv-process.ts';
import { writePidFile } from './pid-file.ts';
import { closeAll, logCrashes, type Stoppable, stopOnSignal } from './run.ts';

export interface StartArguments {
  readonly data: string;
  readonly config?: string | undefined;
  readonly port: string;
  readonly namesrvPort: string;
  readonly webSocketPort: string;
  readonly httpPort: string;
  readonly set: Readonly<Record<string, string>>;
}

/** Runs until a signal comes. */
export async function runStart(options: StartArguments): Promise<void> {
  const dataFolder = path.resolve(options.data);
  const clock = new SystemClock();
  const settings = brokerSettings({
    config: options.config,
    defaults: { brokerName: 'broker-a' },
    set: {
      storePathRootDir: dataFolder,
      listenPort: options.port,
      webSocketListenPort: options.webSocketPort,
      httpListenPort: options.httpPort,
      ...options.set,
    },
  });
  const bindAddress = settings.text('bindAddress');
  const port = options.namesrvPort;
  const namesrv = namesrvSettings({ port, dataFolder, set: { bindAddress } });
  const log = createLog(logOptions(settings));
  logCrashes(log);
  for (const warning of settings.warnings) log.warn(warning);
  const opened: Stoppable[] = [];
  try {
    const nameServer = await startNamesrv({
      ...{ settings: namesrv, clock, log, webSocket: false },
      portNames: { listenPort: '--namesrv-port' },
    });
    opened.push(nameServer);
    registerWith(settings, nameServer.address);
    const broker = await startBroker({
      ...{ settings, clock, log },
      portNames: { listenPort: '--port', webSocketListenPort: '--ws-port' },
      // A browser needs one URL: the broker's WebSocket port serves the name server's requests too.
      extraProcessors: nameServer.controller.processors,
    });
    opened.push(broker);
    const health = await startHealthServer(settings, log, broker.readiness);
    opened.push(...health, { close: announce(nameServer, broker, clock.nowMs()) });
    stopOnSignal(opened, () => process.stdout.write('\nStopping …\n'));
    process.stdout.write(welcome(settings, nameServer, broker, health[0]?.port));
  } catch (error) {
    await closeAll(opened).catch(() => {});
    throw error;
  }
}

/** The name server of this process comes first; those of the file are told as well. */
function registerWith(settings: Settings, { host, port }: SocketAddress): void {
  const own = formatHostPort(host === '0.0.0.0' ? '127.0.0.1' : host, port);
  const others = settings.isSet('namesrvAddr') ? `;${settings.text('namesrvAddr')}` : '';
  settings.apply(new Map([['namesrvAddr', `${own}${others}`]]));
}

/** Lets `mqshutdown` find this process; the result takes that back. */
function announce(nameServer: NamesrvRole, broker: BrokerRole, nowMs: number): () => void {
  return writePidFile({
    pid: process.pid,
    roles: ['namesrv', 'broker'],
    startedAt: new Date(nowMs).toISOString(),
    addresses: [shown(nameServer.address), broker.address],
  });
}

const flushMeaning: Readonly<Record<string, string>> = {
  ASYNC_FLUSH: 'an answered message survives a crash of this process',
  SYNC_FLUSH: 'an answered message survives a power cut',
};

function welcome(
  settings: Settings,
  nameServer: NamesrvRole,
  { config, store, addresses }: BrokerRole,
  healthPort: number | undefined,
): string {
  const flush = settings.text('flushDiskType');
  const { minPhysicalOffset, maxPhysicalOffset } = store.stats();
  const megabytes = ((maxPhysicalOffset - minPhysicalOffset) / 1e6).toFixed(1);
  const rows: [string, string][] = [
    ['name server', shown(nameServer.address)],
    ['broker', `${shown(addresses.main)} (${config.brokerName})`],
    ['WebSocket', addresses.webSocket === undefined ? 'off' : shown(addresses.webSocket)],
    ['health', healthPort === undefined ? 'off' : `http://127.0.0.1:${healthPort}/readyz`],
    ['data', `${config.storePathRootDir} (${megabytes} MB of messages)`],
    ['flush', `${flush}: ${flushMeaning[flush] ?? ''}`],
  ];
  const seconds = (performance.now() / 1000).toFixed(2);
  return [
    `ApogeeMQ ${packageVersion()} is ready after ${seconds} s.`,
    ...rows.map(([name, value]) => `  ${name.padEnd(12)} ${value}`),
    'First message, one line each to copy:',
    ...firstMessage(`127.0.0.1:${nameServer.address.port}`),
    'Ctrl-C stops it.\n',
  ].join('\n');
}

function firstMessage(namesrvAddr: string): string[] {
  const option = namesrvAddr === '127.0.0.1:9876' ? '' : ` --namesrv ${namesrvAddr}`;
  return [
    `  Java   DefaultMQProducer p = new DefaultMQProducer("my-producers"); ` +
      `p.setNamesrvAddr("${namesrvAddr}"); p.start(); ` +
      `p.send(new Message("TopicTest", "hello".getBytes()));`,
    `  Node   import { Producer } from 'apogeemq/client'; ` +
      `const p = new Producer({ namesrvAddr: '${namesrvAddr}', group: 'my-producers' }); ` +
      `await p.start(); await p.send({ topic: 'TopicTest', body: 'hello' });`,
    `  shell  npx apogee pub TopicTest hello${option}`,
  ];
}

function shown({ host, port }: SocketAddress): string {
  return formatHostPort(host, port);
}
