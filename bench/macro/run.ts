// SPDX-License-Identifier: Apache-2.0
/**
 * `npm run bench`: ApogeeMQ beside Apache RocketMQ 5.5.0 on this machine, in one run.
 * Method and how to read the table: bench/README.md.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { javaMissing, prepareJava, ROCKETMQ_VERSION } from '../../test/helpers/java.ts';
import { projectRoot } from '../../test/helpers/processes.ts';
import { type BenchArguments, parseBenchArguments, usage } from './arguments.ts';
import { measureFootprint, observeStart } from './footprint.ts';
import { compileLoadClient } from './load-client.ts';
import { type Bench, measureRow, warmUp } from './measure.ts';
import { markdownReport, terminalReport } from './report.ts';
import type { BenchResult, FootprintResult, RowResult, StartFigures } from './result.ts';
import { type Row, rows } from './rows.ts';
import {
  type FlushDiskType,
  type Server,
  startApacheServer,
  startApogeeServer,
} from './servers.ts';
import { describeMachine, firstLine, freeDiskBytes } from './system.ts';

const FLUSH_ORDER: readonly FlushDiskType[] = ['ASYNC_FLUSH', 'SYNC_FLUSH'];

async function main(): Promise<void> {
  const options = parsed();
  const result =
    options.fromFile === undefined
      ? await measureAll(options)
      : (JSON.parse(readFileSync(options.fromFile, 'utf8')) as BenchResult);
  process.stdout.write(`\n${terminalReport(result)}`);
  if (options.jsonFile !== undefined) {
    writeFileSync(options.jsonFile, `${JSON.stringify(result, undefined, 2)}\n`);
  }
  if (options.markdownFile !== undefined) {
    writeFileSync(options.markdownFile, markdownReport(result));
  }
}

function parsed(): BenchArguments {
  try {
    return parseBenchArguments(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n${usage}`);
    process.exit(2);
  }
}

async function measureAll(options: BenchArguments): Promise<BenchResult> {
  const folder = path.join(projectRoot, 'build-bench', `run-${process.pid}`);
  const notes: string[] = [];
  const java = options.apache ? javaMissing() : 'not wanted';
  if (java !== undefined) notes.push(`Apache RocketMQ was not measured: ${java}`);
  const startedAt = new Date().toISOString();
  mkdirSync(folder, { recursive: true });
  const removeFolder = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', removeFolder);
  try {
    expectDisk(folder, options.effort.neededDiskBytes);
    await compileLoadClient();
    if (java === undefined) await prepareJava();
    const plan = new Plan(options, folder, java === undefined);
    const measured = await plan.rows();
    const footprint = await plan.footprint();
    return { startedAt, ...origin(), rows: measured, footprint, notes };
  } finally {
    removeFolder();
  }
}

function expectDisk(folder: string, neededBytes: number): void {
  const free = freeDiskBytes(folder);
  if (free >= neededBytes) return;
  const gib = (bytes: number): string => (bytes / 1024 ** 3).toFixed(1);
  throw new Error(`${folder} has ${gib(free)} GiB free, this run needs ${gib(neededBytes)}`);
}

/** Which rows run on which servers, in which order. */
class Plan {
  readonly #options: BenchArguments;
  readonly #bench: Bench;
  readonly #apache: boolean;
  #apacheStart: StartFigures | undefined;

  constructor(options: BenchArguments, folder: string, apache: boolean) {
    this.#options = options;
    this.#apache = apache;
    const progress = (text: string): void => {
      const seconds = (performance.now() / 1000).toFixed(0);
      process.stderr.write(`${seconds.padStart(4)} s  ${text}\n`);
    };
    this.#bench = { effort: options.effort, codec: options.codec, folder, progress };
  }

  async rows(): Promise<RowResult[]> {
    const results: RowResult[] = [];
    for (const flush of FLUSH_ORDER) {
      const wanted = rows.filter((row) => row.flush === flush && this.#wants(row));
      if (wanted.length > 0) results.push(...(await this.#withServers(flush, wanted)));
    }
    const order = rows.map(({ id }) => id);
    return results.sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id));
  }

  async footprint(): Promise<FootprintResult | undefined> {
    if (!this.#wantsFootprint()) return undefined;
    if (this.#apache && this.#apacheStart === undefined) {
      await (await this.#startApache('ASYNC_FLUSH')).stop();
    }
    return measureFootprint(this.#bench, this.#apacheStart);
  }

  #wantsFootprint(): boolean {
    return this.#options.only?.has('footprint') ?? true;
  }

  #wants({ id, driver }: Row): boolean {
    if (driver === 'java' && !this.#apache) return false;
    return this.#options.only?.has(id) ?? true;
  }

  async #withServers(flush: FlushDiskType, wanted: readonly Row[]): Promise<RowResult[]> {
    const servers: Server[] = [];
    try {
      if (this.#apache) servers.push(await this.#startApache(flush));
      servers.push(await startApogeeServer(this.#folder('apogee', flush), flush));
      await warmUp(servers, this.#bench);
      const results: RowResult[] = [];
      for (const row of wanted) results.push(await measureRow(row, servers, this.#bench));
      return results;
    } finally {
      for (const server of servers) await server.stop();
      for (const name of ['apache', 'apogee'] as const) {
        rmSync(this.#folder(name, flush), { recursive: true, force: true });
      }
    }
  }

  /** The first start is watched: what it takes belongs to the footprint. */
  async #startApache(flush: FlushDiskType): Promise<Server> {
    this.#bench.progress(`start of apache, ${flush}`);
    const folder = this.#folder('apache', flush);
    if (this.#apacheStart !== undefined || !this.#wantsFootprint()) {
      return startApacheServer(folder, flush);
    }
    const { server, figures } = await observeStart(this.#bench, (brokerPort) =>
      startApacheServer(folder, flush, brokerPort),
    );
    this.#apacheStart = figures;
    return server;
  }

  #folder(name: Server['name'], flush: FlushDiskType): string {
    return path.join(this.#bench.folder, `${name}-${flush}`);
  }
}

function origin(): Pick<BenchResult, 'command' | 'commit' | 'machine' | 'versions'> {
  return {
    command: ['npm run bench --', ...process.argv.slice(2)].join(' '),
    commit: firstLine('git', ['describe', '--always', '--dirty', '--abbrev=10'], projectRoot),
    machine: describeMachine(),
    versions: {
      Node: process.version,
      'Apache RocketMQ': ROCKETMQ_VERSION,
      Java: firstLine('java', ['-version']),
      compiler: firstLine(process.env['CXX'] ?? 'c++', ['--version']),
    },
  };
}

// Ends the servers as well: test/helpers/processes.ts kills what is running when we exit.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));
await main();
