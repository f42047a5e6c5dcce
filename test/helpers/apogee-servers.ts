// SPDX-License-Identifier: Apache-2.0
/** Our own servers as child processes, as a user starts them. */
import path from 'node:path';
import { freeBrokerPort, freePort } from './ports.ts';
import { ManagedProcess, projectRoot } from './processes.ts';

const READY_TIMEOUT_MS = 15_000;

export interface ApogeePorts {
  readonly namesrv: number;
  readonly broker: number;
  readonly webSocket: number;
  readonly http: number;
}

export interface ApogeeOptions {
  readonly dataDir: string;
  readonly ports?: Partial<ApogeePorts>;
  /** Settings by their names in Apache's files. */
  readonly config?: Readonly<Record<string, string>>;
  /** When given, a broker alone is started and registers there. */
  readonly namesrvAddr?: string;
}

export interface ApogeeProcess {
  readonly process: ManagedProcess;
  readonly ports: ApogeePorts;
  readonly namesrvAddr: string;
  readonly brokerAddr: string;
  stop(): Promise<void>;
}

export async function startApogee(options: ApogeeOptions): Promise<ApogeeProcess> {
  const ports: ApogeePorts = {
    namesrv: options.ports?.namesrv ?? (await freePort()),
    broker: options.ports?.broker ?? (await freeBrokerPort()),
    webSocket: options.ports?.webSocket ?? (await freePort()),
    http: options.ports?.http ?? (await freePort()),
  };
  const settings = { brokerIP1: '127.0.0.1', ...options.config };
  const args =
    options.namesrvAddr === undefined
      ? startArguments(options.dataDir, ports, settings)
      : brokerArguments(options.dataDir, ports, settings, options.namesrvAddr);
  const child = new ManagedProcess(process.execPath, [programFile('apogee'), ...args], {
    title: `apogee ${args[0]}`,
    cwd: options.dataDir,
    env: environment(options.dataDir),
  });
  try {
    await untilReady(child, ports.http);
  } catch (error) {
    await child.kill();
    throw error;
  }
  return {
    process: child,
    ports,
    namesrvAddr: options.namesrvAddr ?? `127.0.0.1:${ports.namesrv}`,
    brokerAddr: `127.0.0.1:${ports.broker}`,
    stop: async () => void (await child.stop()),
  };
}

/** A name server alone, by Apache's command. */
export async function startApogeeNamesrv(dataDir: string): Promise<ApogeeProcess> {
  const [namesrv, webSocket, http] = [await freePort(), await freePort(), await freePort()];
  const args = settingArguments({
    listenPort: `${namesrv}`,
    webSocketListenPort: `${webSocket}`,
    httpListenPort: `${http}`,
    kvConfigPath: path.join(dataDir, 'kvConfig.json'),
  });
  const child = new ManagedProcess(process.execPath, [programFile('apogee'), 'namesrv', ...args], {
    title: 'apogee namesrv',
    cwd: dataDir,
    env: environment(dataDir),
  });
  try {
    await untilReady(child, http);
  } catch (error) {
    await child.kill();
    throw error;
  }
  return {
    process: child,
    ports: { namesrv, webSocket, http, broker: 0 },
    namesrvAddr: `127.0.0.1:${namesrv}`,
    brokerAddr: '',
    stop: async () => void (await child.stop()),
  };
}

/** Pid files of a test stay in its folder. */
function environment(dataDir: string): Record<string, string> {
  return { HOME: dataDir, APOGEE_RUN_DIR: path.join(dataDir, 'run'), NAMESRV_ADDR: '' };
}

function programFile(name: string): string {
  return path.join(projectRoot, 'dist', 'src', 'bin', `${name}.js`);
}

function startArguments(
  dataDir: string,
  ports: ApogeePorts,
  settings: Readonly<Record<string, string>>,
): string[] {
  return [
    ...['start', '--data', dataDir],
    ...['--port', `${ports.broker}`, '--namesrv-port', `${ports.namesrv}`],
    ...['--ws-port', `${ports.webSocket}`, '--http-port', `${ports.http}`],
    ...settingArguments(settings),
  ];
}

function brokerArguments(
  dataDir: string,
  ports: ApogeePorts,
  settings: Readonly<Record<string, string>>,
  namesrvAddr: string,
): string[] {
  return [
    ...['broker', '--namesrv', namesrvAddr],
    ...settingArguments({
      storePathRootDir: dataDir,
      brokerName: 'broker-a',
      listenPort: `${ports.broker}`,
      webSocketListenPort: `${ports.webSocket}`,
      httpListenPort: `${ports.http}`,
      ...settings,
    }),
  ];
}

function settingArguments(settings: Readonly<Record<string, string>>): string[] {
  return Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
}

async function untilReady(child: ManagedProcess, httpPort: number): Promise<void> {
  await child.until(async () => {
    const answer = await fetch(`http://127.0.0.1:${httpPort}/readyz`).catch(() => undefined);
    return answer?.ok === true ? true : undefined;
  }, READY_TIMEOUT_MS);
}
