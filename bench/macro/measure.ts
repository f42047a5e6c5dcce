// SPDX-License-Identifier: Apache-2.0
/** Rounds of one row on one or two brokers, in alternating order. */
import type { Codec, Effort } from './arguments.ts';
import { commitLogSyncs, createTopic } from './broker-admin.ts';
import { runJavaProducer } from './java-producer.ts';
import { type LoadTarget, runLoad } from './load-client.ts';
import type { Measurement, RowResult } from './result.ts';
import type { ClientRow, JavaRow, Row } from './rows.ts';
import type { Server } from './servers.ts';
import { cpuSeconds, untilDiskIsCalm } from './system.ts';

const QUEUES = 8;
const PREFILL_MESSAGES = 400_000;
const PREFILL_SECONDS = 30;
const FILL_ATTEMPTS = 30;
const CLIENT_WARM_UP_SECONDS = 0.3;

export interface Bench {
  readonly effort: Effort;
  readonly codec: Codec;
  /** For files of Java clients. */
  readonly folder: string;
  readonly progress: (text: string) => void;
}

/** Warms servers and their JIT with the loads of the table, one after the other. */
export async function warmUp(servers: readonly Server[], bench: Bench): Promise<void> {
  for (const server of servers) {
    if (server.name === 'apogee') continue;
    bench.progress(`warming ${server.name} for ${bench.effort.warmUpSeconds} s`);
    const target = await targetOf(server, 'warm_up', bench.codec);
    const seconds = `${(bench.effort.warmUpSeconds / 4).toFixed(1)}`;
    for (const load of ['sync', 'pipelined', 'batch', 'pull']) {
      await runLoad(target, [load, '--seconds', seconds]);
    }
  }
}

export async function measureRow(
  row: Row,
  servers: readonly Server[],
  bench: Bench,
): Promise<RowResult> {
  const topic = `bench_${row.id}`;
  for (const server of servers) {
    const target = await targetOf(server, topic, bench.codec);
    if (row.driver === 'client' && row.reads === true) await fill(target);
  }
  const results = { apogee: [] as Measurement[], apache: [] as Measurement[] };
  const rounds = row.driver === 'java' ? bench.effort.javaRounds : bench.effort.rounds;
  for (let round = 0; round < rounds; round += 1) {
    // Who comes second finds a busier disk: take turns.
    const order = round % 2 === 0 ? servers : [...servers].reverse();
    for (const server of order) {
      bench.progress(`${row.title}: ${server.name}, round ${round + 1} of ${rounds}`);
      await untilDiskIsCalm();
      const measured =
        row.driver === 'java'
          ? await measureJava(row, server, topic, bench)
          : await measureClient(row, server, topic, bench);
      results[server.name].push(measured);
    }
  }
  return { id: row.id, title: row.title, target: row.target, ...results };
}

function measureJava(row: JavaRow, server: Server, topic: string, bench: Bench) {
  const { folder, effort } = bench;
  return runJavaProducer(row, server, { folder, topic, reports: effort.javaReports });
}

async function measureClient(
  row: ClientRow,
  server: Server,
  topic: string,
  { effort, codec }: Bench,
): Promise<Measurement> {
  const target = { brokerPort: server.brokerPort, topic, queues: QUEUES, codec };
  const countsSyncs = row.flush === 'SYNC_FLUSH';
  const syncsBefore = countsSyncs ? await commitLogSyncs(server.brokerPort) : undefined;
  const cpuBefore = cpuSeconds(server.pid);
  const report = await runLoad(target, [
    ...row.load,
    ...['--warmup', `${CLIENT_WARM_UP_SECONDS}`, '--seconds', `${effort.seconds}`],
    ...(row.byLatency === true ? [] : ['--max-messages', `${effort.maxMessages}`]),
  ]);
  const cpuUsed = cpuSeconds(server.pid) - cpuBefore;
  const syncsAfter = countsSyncs ? await commitLogSyncs(server.brokerPort) : undefined;
  const syncs = (syncsAfter ?? 0) - (syncsBefore ?? 0);
  const faults = [...report.faultSentences];
  if (report.faults > faults.length) faults.push(`${report.faults} faults in all`);
  if (report.unfinished > 0) faults.push(`${report.unfinished} requests without an answer`);
  if (report.offsetGaps > 0) faults.push(`${report.offsetGaps} queue offsets missing`);
  return {
    messagesPerSecond: report.messagesPerSecond,
    cpuMicros: (1e6 * cpuUsed) / report.totalMessages,
    latencyMicros: report.latencyUs,
    messagesPerSync: syncs > 0 ? report.totalMessages / syncs : undefined,
    clientCpuShare: report.clientCpuSeconds / (report.elapsedSeconds + CLIENT_WARM_UP_SECONDS),
    errorCodes: report.errorCodes,
    faults,
  };
}

async function targetOf(server: Server, topic: string, codec: Codec): Promise<LoadTarget> {
  await createTopic(server.brokerPort, topic, QUEUES);
  return { brokerPort: server.brokerPort, topic, queues: QUEUES, codec };
}

async function fill(target: LoadTarget): Promise<void> {
  const limits = ['--max-messages', `${PREFILL_MESSAGES}`, '--seconds', `${PREFILL_SECONDS}`];
  const report = await runLoad(target, ['batch', ...limits]);
  if (report.totalMessages < PREFILL_MESSAGES / 2) {
    throw new Error(`only ${report.totalMessages} messages could be stored to be pulled`);
  }
  // A broker may fill its queues some time after it acknowledged.
  for (let attempt = 0; attempt < FILL_ATTEMPTS; attempt += 1) {
    const { faults } = await runLoad(target, ['pull', '--seconds', '0.3']);
    if (faults === 0) return;
  }
  throw new Error(`the queues of ${target.topic} stay empty`);
}
