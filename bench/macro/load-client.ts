// SPDX-License-Identifier: Apache-2.0
/** Compiles and runs the load client (client/*.cc). */
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { ManagedProcess, projectRoot, runToEnd } from '../../test/helpers/processes.ts';
import type { LatencyMicros } from './result.ts';

const sourceFolder = path.join(projectRoot, 'bench', 'macro', 'client');
const binary = path.join(projectRoot, 'build-bench', 'load_client');
const COMPILE_TIMEOUT_MS = 120_000;
const RUN_TIMEOUT_MS = 90_000;
const FIRST_SEND_TIMEOUT_MS = 60_000;

/** One line of the client's standard output. */
export interface LoadReport {
  readonly messages: number;
  readonly totalMessages: number;
  readonly elapsedSeconds: number;
  readonly messagesPerSecond: number;
  readonly latencyUs: LatencyMicros;
  readonly errorCodes: Readonly<Record<string, number>>;
  readonly faults: number;
  readonly faultSentences: readonly string[];
  readonly unfinished: number;
  readonly offsetGaps: number;
  readonly clientCpuSeconds: number;
  readonly finishedAtMs: number;
}

/** CXX in the environment names the compiler. Errors: Error with the compiler's output. */
export async function compileLoadClient(): Promise<void> {
  const names = readdirSync(sourceFolder);
  const newestMs = Math.max(...names.map((name) => mtimeMs(path.join(sourceFolder, name))));
  if (existsSync(binary) && mtimeMs(binary) > newestMs) return;
  mkdirSync(path.dirname(binary), { recursive: true });
  const sources = names.filter((name) => name.endsWith('.cc'));
  await runToEnd(
    process.env['CXX'] ?? 'c++',
    ['-std=c++20', '-O2', '-g1', '-Wall', '-Wextra', ...sources, '-o', binary],
    { cwd: sourceFolder, title: 'compiling the load client', timeoutMs: COMPILE_TIMEOUT_MS },
  );
}

function mtimeMs(file: string): number {
  return statSync(file).mtimeMs;
}

export interface LoadTarget {
  readonly brokerPort: number;
  readonly topic: string;
  readonly queues: number;
  readonly codec: 'json' | 'binary';
}

export async function runLoad(
  target: LoadTarget,
  load: readonly string[],
  timeoutMs = RUN_TIMEOUT_MS,
): Promise<LoadReport> {
  const output = await runToEnd(binary, clientArguments(target, load), { timeoutMs });
  return JSON.parse(output) as LoadReport;
}

/** Result: when a broker that is starting acknowledged its first message, ms since the epoch. */
export async function firstAcknowledgedMs(target: LoadTarget): Promise<number> {
  const seconds = FIRST_SEND_TIMEOUT_MS / 1000;
  const load = ['first', '--seconds', `${seconds}`];
  return (await runLoad(target, load, FIRST_SEND_TIMEOUT_MS + 5000)).finishedAtMs;
}

/** Opens connections that each sent one message, and keeps them until `release`. */
export async function holdConnections(
  target: LoadTarget,
  connections: number,
): Promise<{ release(): Promise<void> }> {
  const load = ['sync', '--connections', `${connections}`, '--max-messages', `${connections}`];
  const args = clientArguments(target, [...load, '--seconds', '60', '--hold']);
  const child = new ManagedProcess(binary, args, { title: 'idle connections' });
  await child.untilOutput(/\n/, RUN_TIMEOUT_MS);
  return {
    release: async () => {
      child.child.stdin?.end();
      await child.stop();
    },
  };
}

function clientArguments(target: LoadTarget, load: readonly string[]): string[] {
  return [
    ...load,
    ...['--port', `${target.brokerPort}`, '--topic', target.topic],
    ...['--queues', `${target.queues}`, '--codec', target.codec],
  ];
}
