// SPDX-License-Identifier: Apache-2.0
/** Builds a broker with its store and sockets, and runs one as a process of its own. */
import type { BrokerConfig } from '../broker/broker-config.ts';
import { type BrokerAddresses, BrokerController } from '../broker/broker-controller.ts';
import { nodeFiles } from '../broker/files.ts';
import { SystemClock } from '../core/clock.ts';
import { brokerOwners } from '../core/config/config-catalogue.ts';
import type { Settings } from '../core/config/settings.ts';
import { ApogeeError } from '../core/errors.ts';
import { systemRandom } from '../core/random.ts';
import { formatHostPort } from '../protocol/ip-address.ts';
import type { ProcessorTable } from '../protocol/processor.ts';
import type { Listener } from '../protocol/transport.ts';
import type { MessageStore } from '../store/message-store.ts';
import { PooledRemotingClient } from '../transport/remoting-client.ts';
import { TcpConnector } from '../transport/tcp-connector.ts';
import { brokerConfigOf, refuseUnsupported, storeOptionsOf } from './broker-settings.ts';
import { type Readiness, startHealthServer } from './health-server.ts';
import { LenientListener, type Surroundings, tcpListener, webSocketListener } from './listeners.ts';
import { createLog, logOptions } from './log.ts';
import { localAddresses } from './machine.ts';
import { writePidFile } from './pid-file.ts';
import { closeAll, logCrashes, type Stoppable, stopOnSignal } from './run.ts';
import { given, readSettings } from './settings-source.ts';
import { openStore } from './store-opening.ts';

export interface BrokerArguments {
  readonly config?: string | undefined;
  readonly namesrvAddr?: string | undefined;
  readonly set?: Readonly<Record<string, string>> | undefined;
  /** Below the file. */
  readonly defaults?: Readonly<Record<string, string>>;
}

/** The fast port lies so far below the main one. Source: NettyServerConfig, BrokerController. */
const FAST_PORT_DISTANCE = 2;

/** Errors: CONFIG_FILE, CONFIG_VALUE. */
export function brokerSettings(options: BrokerArguments): Settings {
  return readSettings({
    owners: brokerOwners,
    file: options.config,
    defaults: {
      listenPort: '10911',
      namesrvAddr: process.env['NAMESRV_ADDR'] ?? '',
      ...options.defaults,
    },
    overrides: given({ namesrvAddr: options.namesrvAddr, ...options.set }),
  });
}

export interface BrokerRole extends Stoppable {
  readonly controller: BrokerController;
  readonly config: BrokerConfig;
  readonly store: MessageStore;
  readonly addresses: BrokerAddresses;
  /** `host:port` that clients are told. */
  readonly address: string;
  readonly readiness: () => Readiness;
}

/** Errors: CONFIG_VALUE, STORE_*, NATIVE_MISSING, PORT_IN_USE; nothing stays open then. */
export async function startBroker(
  parts: Surroundings & { readonly extraProcessors?: ProcessorTable | undefined },
): Promise<BrokerRole> {
  const { settings, clock, log } = parts;
  refuseUnsupported(settings);
  const config = brokerConfigOf(settings);
  const opened: Stoppable[] = [];
  try {
    const { store, serveColdPull, diskReads, close } = await openStore(
      storeOptionsOf(settings, clock.nowMs()),
      config.pullExecution,
    );
    opened.push({ close });
    await checkSpace(settings, store);
    const connector = new TcpConnector({ clock, log });
    const remotingClient = new PooledRemotingClient({ connector, clock, log });
    opened.push(remotingClient);
    const controller = new BrokerController({
      ...{ config, store, clock, log, remotingClient },
      random: systemRandom,
      files: nodeFiles,
      listeners: listenersOf(parts, config),
      localAddresses: localAddresses(),
      processId: process.pid,
      settingsText: () => settings.render(),
      ...(serveColdPull === undefined ? {} : { serveColdPull }),
      ...(diskReads === undefined ? {} : { diskReads }),
      ...(parts.extraProcessors === undefined ? {} : { extraProcessors: parts.extraProcessors }),
    });
    opened.push(controller);
    const addresses = await controller.start();
    const { host, port } = controller.services.brokerAddress();
    return {
      ...{ controller, config, store, addresses },
      address: formatHostPort(host, port),
      readiness: () => readinessOf(store, controller),
      close: () => closeAll(opened),
    };
  } catch (error) {
    await closeAll(opened).catch(() => {});
    throw error;
  }
}

/** An empty store needs room for its first file; one in use reports a full disk by itself. */
async function checkSpace(settings: Settings, store: MessageStore): Promise<void> {
  if (store.stats().maxPhysicalOffset > 0) return;
  const folder = settings.text('storePathRootDir');
  const space = await nodeFiles.diskSpace(folder);
  if (space === undefined) return;
  checkRoom(folder, space.usableBytes, settings.int('mappedFileSizeCommitLog'));
}

/** Errors: STORE_PATH when a folder cannot take the first file of a log. */
export function checkRoom(folder: string, usableBytes: number, neededBytes: number): void {
  if (usableBytes >= neededBytes) return;
  const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`;
  throw new ApogeeError(
    'STORE_PATH',
    `${folder} has ${megabytes(usableBytes)} of free space; ` +
      `the first file of the log takes ${megabytes(neededBytes)}`,
    { cure: 'free some, choose another storePathRootDir, or lower mappedFileSizeCommitLog' },
  );
}

function listenersOf(parts: Surroundings, config: BrokerConfig) {
  return {
    main: tcpListener(parts, config.listenPort, 'listenPort'),
    fast: fastListener(parts, config.listenPort - FAST_PORT_DISTANCE),
    webSocket: webSocketListener(parts),
  };
}

/** Clients use it only when somebody switches vipChannelEnabled on: taken is no reason to stop. */
function fastListener(parts: Surroundings, port: number): Listener | undefined {
  if (port <= 0) return undefined;
  const listener = tcpListener(parts, port, 'listenPort - 2');
  return new LenientListener(listener, undefined, () => {
    parts.log.warn('the fast port is taken: clients with vipChannelEnabled cannot connect', {
      port,
    });
  });
}

function readinessOf(store: MessageStore, controller: BrokerController): Readiness {
  const { failure, maxPhysicalOffset } = store.stats();
  return {
    ready: failure === '',
    reason: failure === '' ? 'the broker takes and serves messages' : failure,
    details: { maxPhysicalOffset, connections: controller.connections },
  };
}

/** Runs until a signal comes. */
export async function runBroker(options: BrokerArguments): Promise<void> {
  const settings = brokerSettings(options);
  const clock = new SystemClock();
  const log = createLog(logOptions(settings));
  logCrashes(log);
  for (const warning of settings.warnings) log.warn(warning);
  const role = await startBroker({ settings, clock, log });
  const { brokerName, namesrvAddr } = role.config;
  const health = await startHealthServer(settings, log, role.readiness);
  const removePidFile = writePidFile({
    pid: process.pid,
    roles: ['broker'],
    startedAt: new Date(clock.nowMs()).toISOString(),
    addresses: [role.address],
  });
  stopOnSignal([{ close: removePidFile }, ...health, role], () => log.info('stopping'));
  const nameServer = namesrvAddr === undefined ? '' : ` and name server is ${namesrvAddr}`;
  if (namesrvAddr === undefined) {
    log.warn('no name server is set, so clients cannot find this broker; give -n host:port');
  }
  const banner = `The broker[${brokerName}, ${role.address}] boot success.`;
  process.stdout.write(`${banner} serializeType=JSON${nameServer}\n`);
}
