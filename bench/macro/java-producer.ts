// SPDX-License-Identifier: Apache-2.0
/** The benchmark producer that Apache RocketMQ ships, with the official Java client. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ManagedProcess } from '../../test/helpers/processes.ts';
import type { Measurement } from './result.ts';
import type { JavaRow } from './rows.ts';
import { javaArguments, type Server } from './servers.ts';
import { cpuSeconds } from './system.ts';

const MAIN_CLASS = 'org.apache.rocketmq.example.benchmark.Producer';
/** It reports the rate of the last nine seconds, first after ten. */
const REPORT_WINDOW_SECONDS = 9;
const REPORT_INTERVAL_MS = 1000;
const JVM = ['-server', '-Xms512m', '-Xmx512m', '-XX:+UseG1GC'];

interface ProducerLine {
  readonly messagesPerSecond: number;
  readonly failed: number;
}

/** One run of `seconds`; the figures are those of its last nine. */
export async function runJavaProducer(
  row: JavaRow,
  server: Server,
  options: { readonly folder: string; readonly topic: string; readonly seconds: number },
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
  try {
    await sleep(1000 * Math.max(1, options.seconds - REPORT_WINDOW_SECONDS));
    const cpuBefore = cpuSeconds(server.pid);
    await sleep(1000 * REPORT_WINDOW_SECONDS);
    const cpuUsed = cpuSeconds(server.pid) - cpuBefore;
    const last = lastLine(child.output);
    if (last === undefined) throw new Error(`the Java producer reported nothing:\n${child.output}`);
    return {
      messagesPerSecond: last.messagesPerSecond,
      cpuMicros: (1e6 * cpuUsed) / (last.messagesPerSecond * REPORT_WINDOW_SECONDS),
      errorCodes: last.failed === 0 ? {} : { failed: last.failed },
      faults: [],
    };
  } finally {
    await child.kill();
  }
}

function lastLine(output: string): ProducerLine | undefined {
  const pattern = /Send TPS: (\d+) .*?Send Failed: (\d+) \| Response Failed: (\d+)/g;
  const match = [...output.matchAll(pattern)].at(-1);
  if (match === undefined) return undefined;
  const failed = Number(match[2]) + Number(match[3]);
  return { messagesPerSecond: Number(match[1]), failed };
}
