// SPDX-License-Identifier: Apache-2.0
/** Builds a name server with its sockets, and runs one as a process of its own. */
import { inflateSync } from 'node:zlib';
import { ConfigFile } from '../broker/config-file.ts';
import { nodeFiles } from '../broker/files.ts';
import { SystemClock } from '../core/clock.ts';
import { namesrvOwners } from '../core/config/config-catalogue.ts';
import type { Settings } from '../core/config/settings.ts';
import { errorText } from '../core/errors.ts';
import { namesrvConfigOf } from '../namesrv/namesrv-config.ts';
import { NamesrvController } from '../namesrv/namesrv-controller.ts';
import { formatHostPort } from '../protocol/ip-address.ts';
import type { Listener, SocketAddress } from '../protocol/transport.ts';
import { PooledRemotingClient } from '../transport/remoting-client.ts';
import { RemotingServer } from '../transport/remoting-server.ts';
import { RequestDispatcher } from '../transport/request-dispatcher.ts';
import { TcpConnector } from '../transport/tcp-connector.ts';
import { startHealthServer } from './health-server.ts';
import { type Surroundings, tcpListener, webSocketListener } from './listeners.ts';
import { createLog, logOptions } from './log.ts';
import { writePidFile } from './pid-file.ts';
import { closeAll, logCrashes, type Stoppable, stopOnSignal } from './run.ts';
import { given, persistSettings, readSettings } from './settings-source.ts';

/** Longest wait for a notice to a broker. Source: RouteInfoManager, code 905. */
const NOTICE_TIMEOUT_MS = 300;

export interface NamesrvArguments {
  readonly config?: string | undefined;
  readonly port?: string | undefined;
  readonly webSocketPort?: string | undefined;
  readonly set?: Readonly<Record<string, string>> | undefined;
  /** Instead of the user's home, for files that have no key of their own set. */
  readonly dataFolder?: string | undefined;
}

/** Errors: CONFIG_FILE, CONFIG_VALUE. */
export function namesrvSettings(options: NamesrvArguments): Settings {
  const { config, dataFolder } = options;
  return readSettings({
    owners: namesrvOwners,
    file: config,
    defaults: given({
      listenPort: '9876',
      webSocketListenPort: '9877',
      // As Apache: changes by `updateNamesrvConfig` go to the file that was read.
      configStorePath: config ?? (dataFolder && `${dataFolder}/namesrv/namesrv.properties`),
      kvConfigPath: dataFolder && `${dataFolder}/namesrv/kvConfig.json`,
    }),
    overrides: given({
      listenPort: options.port,
      webSocketListenPort: options.webSocketPort,
      ...options.set,
    }),
  });
}

export interface NamesrvRole extends Stoppable {
  readonly controller: NamesrvController;
  readonly address: SocketAddress;
  /** Undefined without WebSocket. */
  readonly webSocketAddress: SocketAddress | undefined;
  readonly peerCount: () => number;
}

/** Errors: CONFIG_FILE, PORT_IN_USE, LISTEN_FAILED. */
export async function startNamesrv(
  parts: Surroundings & {
    /** False: its WebSocket clients come in by the broker of the same process. */
    readonly webSocket: boolean;
  },
): Promise<NamesrvRole> {
  const { settings, clock, log } = parts;
  let brokers: PooledRemotingClient | undefined;
  const controller = new NamesrvController({
    ...{ clock, log },
    config: namesrvConfigOf(settings),
    configText: {
      render: () => settings.render(),
      apply: async (changes) => {
        settings.apply(changes);
        await persistSettings(settings.text('configStorePath'), settings.render());
      },
    },
    sendToBroker: (brokerAddr, request) => {
      brokers ??= new PooledRemotingClient({ connector: new TcpConnector(parts), clock, log });
      brokers.invokeOneway(brokerAddr, request, { timeoutMs: NOTICE_TIMEOUT_MS }).catch((error) => {
        log.warn('a broker could not be told of its group', {
          brokerAddr,
          error: errorText(error),
        });
      });
    },
    openKvTable: (encode) =>
      new ConfigFile({ files: nodeFiles, path: settings.text('kvConfigPath'), log, encode }),
    inflate: (bytes, maxBytes) => inflateSync(bytes, { maxOutputLength: maxBytes }),
  });
  const listeners: Listener[] = [tcpListener(parts, settings.int('listenPort'), 'listenPort')];
  const webSocket = parts.webSocket ? webSocketListener(parts) : undefined;
  if (webSocket !== undefined) listeners.push(webSocket);
  const server = new RemotingServer({
    ...{ listeners, clock, log },
    dispatcher: new RequestDispatcher({ processors: controller.processors, clock, log }),
    onPeerClose: (peer) => controller.onPeerClose(peer),
  });
  await controller.start();
  const [address, webSocketAddress] = await server.start();
  if (address === undefined) throw new Error('a listener gave no address');
  return {
    ...{ controller, address, webSocketAddress },
    peerCount: () => server.peerCount,
    close: () => closeAll([{ close: () => brokers?.close() }, controller, server]),
  };
}

/** Runs until a signal comes. */
export async function runNamesrv(options: NamesrvArguments): Promise<void> {
  const settings = namesrvSettings(options);
  const clock = new SystemClock();
  const log = createLog(logOptions(settings));
  logCrashes(log);
  for (const warning of settings.warnings) log.warn(warning);
  const role = await startNamesrv({ settings, clock, log, webSocket: true });
  const health = await startHealthServer(settings, log, () => ({
    ready: true,
    reason: 'the name server answers',
    details: { connections: role.peerCount() },
  }));
  const address = formatHostPort(role.address.host, role.address.port);
  const removePidFile = writePidFile({
    pid: process.pid,
    roles: ['namesrv'],
    startedAt: new Date(clock.nowMs()).toISOString(),
    addresses: [address],
  });
  stopOnSignal([{ close: removePidFile }, ...health, role], () => log.info('stopping'));
  const where = role.webSocketAddress;
  if (where !== undefined)
    log.info('WebSocket', { address: formatHostPort(where.host, where.port) });
  process.stdout.write(`The Name Server boot success. serializeType=JSON, address ${address}\n`);
}
