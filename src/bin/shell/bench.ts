// SPDX-License-Identifier: Apache-2.0
/** `apogee bench`: measures a broker with the SDK, as an application would use it. */
import type { Command } from 'commander';
import { type BenchReport, reportText } from './bench-report.ts';
import { print, runCommand, wholeNumber, withNameServer } from './shell-io.ts';

const EXAMPLES = `
Examples:
  apogee bench pub                        64 sends on their way, 128-byte bodies
  apogee bench pub --clients 4 --batch 32 --size 1024
  apogee bench sub                        read what bench pub has sent
  apogee bench latency --rate 1000        from send to receipt at 1000 messages a second

The numbers include the SDK and this process; bench/macro measures the broker alone.`;

export interface LoadOptions {
  readonly namesrv: string;
  readonly count: number;
  readonly size: number;
  readonly clients: number;
  readonly window: number;
  readonly batch: number;
  readonly rate: number;
  readonly timeout: number;
  readonly json?: boolean;
}

const DEFAULT_TOPIC = 'apogee-bench';
const MAX_COUNT = 1_000_000_000;

export function register(program: Command): void {
  const bench = program
    .command('bench')
    .description('measure sending, receiving or latency')
    .addHelpText('after', EXAMPLES);
  addLoad(bench, 'pub', 'send as fast as answers come', 100_000)
    .option('-s, --size <bytes>', 'bytes of a body', wholeNumber(1, 4_000_000), 128)
    .option('--clients <n>', 'producers, each with a connection', wholeNumber(1, 256), 1)
    .option('-w, --window <n>', 'sends on their way per producer', wholeNumber(1, 4096), 64)
    .option('-b, --batch <n>', 'messages of one request', wholeNumber(1, 4096), 1)
    .action(runLoad('pub'));
  addLoad(bench, 'sub', 'read a topic from its beginning', 100_000)
    .option('--timeout <ms>', 'end when nothing came for so long', wholeNumber(1, 600_000), 3000)
    .action(runLoad('sub'));
  addLoad(bench, 'latency', 'time from send to receipt at a steady rate', 10_000)
    .option('-s, --size <bytes>', 'bytes of a body', wholeNumber(16, 4_000_000), 128)
    .option('-r, --rate <n>', 'messages a second', wholeNumber(1, 1_000_000), 1000)
    .option('--timeout <ms>', 'wait for the last messages', wholeNumber(1, 600_000), 3000)
    .action(runLoad('latency'));
}

function addLoad(bench: Command, name: string, text: string, count: number): Command {
  const command = bench
    .command(name)
    .description(text)
    .argument('[topic]', 'topic to use, created when missing', DEFAULT_TOPIC)
    .option('-c, --count <n>', 'messages', wholeNumber(1, MAX_COUNT), count)
    .option('--json', 'print the result as JSON');
  return withNameServer(command);
}

function runLoad(kind: 'pub' | 'sub' | 'latency') {
  return (topic: string, options: LoadOptions): Promise<void> =>
    runCommand(async (signal) => {
      const loads = await import('./bench-loads.ts');
      const report: BenchReport = await loads[kind](topic, options, signal);
      await print(options.json === true ? `${JSON.stringify(report)}\n` : reportText(report));
      if (report.failed > 0) process.exitCode = 1;
    });
}
