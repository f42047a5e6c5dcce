// SPDX-License-Identifier: Apache-2.0
/** The figures of a run, as written to JSON. */
import type { RowId, Target } from './rows.ts';

export interface LatencyMicros {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** One load on one broker, once. */
export interface Measurement {
  readonly messagesPerSecond: number;
  /** Of the broker's process, by all messages of the run. Undefined where it cannot be read. */
  readonly cpuMicros?: number | undefined;
  readonly latencyMicros?: LatencyMicros | undefined;
  readonly messagesPerSync?: number | undefined;
  /** Share of one core that the load client used: near 1, the client was the limit. */
  readonly clientCpuShare?: number | undefined;
  /** Answers other than success, by response code. */
  readonly errorCodes: Readonly<Record<string, number>>;
  /** What the client found wrong with answers. */
  readonly faults: readonly string[];
}

export interface RowResult {
  readonly id: RowId;
  readonly title: string;
  readonly target: Target;
  readonly apogee: readonly Measurement[];
  readonly apache: readonly Measurement[];
}

export interface MemoryFigures {
  readonly rssMegabytes: number;
  readonly anonymousMegabytes: number | undefined;
}

/** How a server came up, and what it takes when nothing happens. */
export interface StartFigures {
  readonly firstSendMs: number;
  /** Of all its processes together. */
  readonly idle: MemoryFigures;
}

export interface FootprintResult extends StartFigures {
  readonly growthMessages: number;
  readonly anonymousGrowthMegabytes: number | undefined;
  readonly idleConnections: number;
  readonly idleConnectionKib: number | undefined;
  readonly apache: StartFigures | undefined;
}

export interface BenchResult {
  readonly startedAt: string;
  readonly command: string;
  readonly commit: string;
  readonly machine: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly rows: readonly RowResult[];
  readonly footprint: FootprintResult | undefined;
  /** What was not measured, and why. */
  readonly notes: readonly string[];
}

export function median(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  if (upper === undefined || sorted.length % 2 === 1) return upper;
  return (upper + (sorted[middle - 1] ?? upper)) / 2;
}

/** Median of one figure over the rounds that have it. */
export function medianOf(
  rounds: readonly Measurement[],
  figure: (round: Measurement) => number | undefined,
): number | undefined {
  return median(rounds.map(figure).filter((value) => value !== undefined));
}

/** Median of the ratios of neighbouring rounds: both saw the same neighbours on the machine. */
export function rateRatio({ apogee, apache }: RowResult): number | undefined {
  const ratios = apogee.map((ours, round) => {
    const theirs = apache[round]?.messagesPerSecond ?? 0;
    return theirs > 0 ? ours.messagesPerSecond / theirs : undefined;
  });
  return median(ratios.filter((value) => value !== undefined));
}
