// SPDX-License-Identifier: Apache-2.0
/** The result of a load as a table or as JSON. */
import type { Histogram } from './histogram.ts';

export interface Percentiles {
  readonly count: number;
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
}

export interface BenchReport {
  readonly load: 'pub' | 'sub' | 'latency';
  readonly topic: string;
  readonly messages: number;
  readonly failed: number;
  /** What the first failure said. */
  readonly failure?: string | undefined;
  readonly seconds: number;
  readonly messagesPerSecond: number;
  readonly megabytesPerSecond: number;
  /** By name: `send` until the answer, `receipt` from the intended send to the receipt. */
  readonly latencies: Readonly<Record<string, Percentiles>>;
}

export function percentiles(histogram: Histogram): Percentiles {
  const ms = (us: number): number => Math.round(us) / 1000;
  return {
    count: histogram.count,
    meanMs: ms(histogram.meanUs),
    p50Ms: ms(histogram.percentileUs(50)),
    p90Ms: ms(histogram.percentileUs(90)),
    p99Ms: ms(histogram.percentileUs(99)),
    p999Ms: ms(histogram.percentileUs(99.9)),
    maxMs: ms(histogram.maxUs),
  };
}

const COLUMNS = ['mean', 'p50', 'p90', 'p99', 'p99.9', 'max'] as const;

export function reportText(report: BenchReport): string {
  const rate = Math.round(report.messagesPerSecond).toLocaleString('en-US');
  const lines = [
    `${report.load} ${report.topic}: ${report.messages.toLocaleString('en-US')} messages in ` +
      `${report.seconds.toFixed(2)} s, ${rate} messages/s, ` +
      `${report.megabytesPerSecond.toFixed(1)} MB/s`,
  ];
  const rows = Object.entries(report.latencies);
  if (rows.length > 0) lines.push(row('ms', COLUMNS));
  for (const [name, p] of rows) {
    const values = [p.meanMs, p.p50Ms, p.p90Ms, p.p99Ms, p.p999Ms, p.maxMs];
    lines.push(
      row(
        name,
        values.map((value) => value.toFixed(3)),
      ),
    );
  }
  if (report.failed > 0) lines.push(`${report.failed} failed; the first: ${report.failure}`);
  return `${lines.join('\n')}\n`;
}

function row(name: string, cells: readonly string[]): string {
  return name.padEnd(9) + cells.map((cell) => cell.padStart(11)).join('');
}
