// SPDX-License-Identifier: Apache-2.0
/** The benchmark producer that Apache RocketMQ ships, with the official Java client. */
import { ManagedProcess } from '../../test/helpers/processes.ts';
import type { Measurement } from './result.ts';
import type { JavaRow } from './rows.ts';
import { javaArguments, type Server } from './servers.ts';
import { cpuSeconds } from './system.ts';

const MAIN_CLASS = 'org.apache.rocketmq.example.benchmark.Producer';
/** Each report is about the last nine seconds; the first comes after ten. */
const REPORT_WINDOW_SECONDS = 9;
const REPORT_INTERVAL_MS = 1000;
const REPORT_TIMEOUT_MS = 60_000;
const JVM = ['-server', '-Xms512m', '-Xmx512m', '-XX:+UseG1GC'];

interface ProducerLine {
  readonly messagesPerSecond: number;
  readonly failed: number;
}

/** Runs until the wanted number of reports; the figures are those of the last one. */
export async function runJavaProducer(
  row: JavaRow,
  server: Server,
  options: { readonly folder: string; readonly topic: string; readonly reports: number },
): Promise<Measurement> {
  const args = [
    ...['-n', server.namesrvAddr, '-t', options.topic, '-w', `${row.threads}`],
    ...['-s', `${row.bodyBytes}`, '-ri', `${REPORT_INTERVAL_MS}`],
  ];
  const jvm = [...JVM, '-Dorg.apache.rocketmq.client.sendSmartMsg=true'];
  const child = new ManagedProcess('java', javaArguments(options.folder, jvm, MAIN_CLASS, args), {
    title: 'benchmark Producer',
    cwd: options.folder,
    env: { JAVA_TOOL_OPTIONS: '' },
  });
  // The server's CPU time at each moment of the run: a report looks back.
  const samples: CpuSample[] = [];
  try {
    const last = await child.until(() => {
      samples.push({ atMs: performance.now(), cpuSeconds: cpuSeconds(server.pid) });
      const lines = reportLines(child.output);
      return lines.length >= options.reports ? lines.at(-1) : undefined;
    }, REPORT_TIMEOUT_MS);
    const messages = last.messagesPerSecond * REPORT_WINDOW_SECONDS;
    return {
      messagesPerSecond: last.messagesPerSecond,
      cpuMicros: (1e6 * cpuOfLastReport(samples)) / messages,
      errorCodes: last.failed === 0 ? {} : { failed: last.failed },
      faults: [],
    };
  } finally {
    await child.kill();
  }
}

interface CpuSample {
  readonly atMs: number;
  readonly cpuSeconds: number;
}

function cpuOfLastReport(samples: readonly CpuSample[]): number {
  const end = samples.at(-1);
  if (end === undefined) return 0;
  const fromMs = end.atMs - REPORT_WINDOW_SECONDS * 1000;
  const start = samples.find(({ atMs }) => atMs >= fromMs) ?? end;
  const seconds = (end.atMs - start.atMs) / 1000;
  return ((end.cpuSeconds - start.cpuSeconds) * REPORT_WINDOW_SECONDS) / seconds;
}

function reportLines(output: string): ProducerLine[] {
  const pattern = /Send TPS: (\d+) .*?Send Failed: (\d+) \| Response Failed: (\d+)/g;
  return [...output.matchAll(pattern)].map((match) => ({
    messagesPerSecond: Number(match[1]),
    failed: Number(match[2]) + Number(match[3]),
  }));
}
