#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
/**
 * `apogee`: the broker and its tools under one name. A command's module is loaded when it runs, so
 * that `apogee start` carries no tool in memory.
 */
import type { Command } from 'commander';
import { collect, newProgram } from './command-line.ts';
import { runMain } from './run.ts';

const EXAMPLES = `
Examples:
  apogee start                       name server and broker in one process, data in ./data
  apogee start --set flushDiskType=SYNC_FLUSH
  apogee pub TopicTest hello
  apogee sub TopicTest --from first

Commands of Apache RocketMQ: mqnamesrv, mqbroker, mqshutdown; settings: conf/`;

type Register = (program: Command) => void;

/** Each file exports `register(program)`. */
const shellCommands: Readonly<Record<string, () => Promise<{ readonly register: Register }>>> = {
  pub: () => import('./shell/pub.ts'),
  sub: () => import('./shell/sub.ts'),
  bench: () => import('./shell/bench.ts'),
};

interface StartOptions {
  readonly data: string;
  readonly config?: string;
  readonly port: string;
  readonly namesrvPort: string;
  readonly wsPort: string;
  readonly httpPort: string;
  readonly set?: readonly string[];
}

interface RoleOptions {
  readonly config?: string;
  readonly namesrv?: string;
  readonly set?: readonly string[];
}

const SET = ['-s, --set <key=value>', 'a setting, may be repeated', collect] as const;
const CONFIG = ['-c, --config <file>', 'settings, .properties as of Apache RocketMQ'] as const;

function registerServers(program: Command): void {
  program
    .command('start')
    .description('run name server and broker in one process')
    .option('-d, --data <folder>', 'where messages and tables are kept', 'data')
    .option(...CONFIG)
    .option('-p, --port <port>', 'of the broker', '10911')
    .option('--namesrv-port <port>', 'of the name server', '9876')
    .option('--ws-port <port>', 'of WebSocket clients', '10920')
    .option('--http-port <port>', 'of the health answers', '10980')
    .option(...SET)
    .action(async (options: StartOptions) => {
      const [{ runStart }, set] = [await import('./start-process.ts'), await assigned(options)];
      await runStart({ ...options, webSocketPort: options.wsPort, set });
    });
  program
    .command('namesrv')
    .description('run a name server alone')
    .option(...CONFIG)
    .option(...SET)
    .action(async (options: RoleOptions) => {
      const { runNamesrv } = await import('./namesrv-process.ts');
      await runNamesrv({ config: options.config, set: await assigned(options) });
    });
  program
    .command('broker')
    .description('run a broker alone')
    .option('-n, --namesrv <list>', 'name servers, for example 10.0.0.1:9876;10.0.0.2:9876')
    .option(...CONFIG)
    .option(...SET)
    .action(async ({ namesrv, ...options }: RoleOptions) => {
      const { runBroker } = await import('./broker-process.ts');
      const set = await assigned(options);
      await runBroker({ config: options.config, namesrvAddr: namesrv, set });
    });
}

async function assigned(options: { readonly set?: readonly string[] }) {
  const { parseAssignments } = await import('./settings-source.ts');
  return parseAssignments(options.set ?? []);
}

runMain(async () => {
  const program = newProgram('apogee', 'A message broker that speaks Apache RocketMQ.');
  program.addHelpText('after', EXAMPLES);
  registerServers(program);
  const wanted = process.argv[2] ?? '';
  const isServer = program.commands.some((command) => command.name() === wanted);
  const loads = Object.hasOwn(shellCommands, wanted)
    ? [shellCommands[wanted]]
    : isServer
      ? []
      : Object.values(shellCommands);
  for (const load of loads) (await load?.())?.register(program);
  await program.parseAsync();
});
