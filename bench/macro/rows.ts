// SPDX-License-Identifier: Apache-2.0
/** The loads of the speed table, with what each must reach. */
import { apogeeTargets } from './targets.ts';

export const rowIds = [
  'sync1',
  'sync64',
  'pipelined',
  'batch',
  'pull',
  'latency',
  'tail',
  'syncflush64',
  'java128',
  'java1024',
] as const;
export type RowId = (typeof rowIds)[number];

export interface Target {
  /** Of the rate, times Apache's in the same run. */
  readonly ratio?: number;
  /** µs of server CPU per message, at most. */
  readonly cpuMicros?: number;
  readonly messagesPerSync?: number;
}

interface RowBase {
  readonly id: RowId;
  readonly title: string;
  readonly flush: 'ASYNC_FLUSH' | 'SYNC_FLUSH';
  readonly target: Target;
}

/** Driven by the load client of this folder. */
export interface ClientRow extends RowBase {
  readonly driver: 'client';
  readonly load: readonly string[];
  /** Rate says little (a fixed schedule): latency is the result. */
  readonly byLatency?: boolean;
  /** The topic is filled before. */
  readonly reads?: boolean;
}

/** Driven by org.apache.rocketmq.example.benchmark.Producer. */
export interface JavaRow extends RowBase {
  readonly driver: 'java';
  readonly threads: number;
  readonly bodyBytes: number;
}

export type Row = ClientRow | JavaRow;

const async = { driver: 'client', flush: 'ASYNC_FLUSH' } as const;
const java = { driver: 'java', flush: 'ASYNC_FLUSH', threads: 64 } as const;

export const rows: readonly Row[] = [
  {
    ...async,
    id: 'sync1',
    title: '1 synchronous producer',
    load: ['sync', '--connections', '1'],
    target: apogeeTargets.sync1,
  },
  {
    ...async,
    id: 'sync64',
    title: '64 synchronous producers',
    load: ['sync', '--connections', '64'],
    target: apogeeTargets.sync64,
  },
  {
    ...async,
    id: 'pipelined',
    title: '8 connections x 64 outstanding',
    load: ['pipelined', '--connections', '8', '--depth', '64'],
    target: apogeeTargets.pipelined,
  },
  {
    ...async,
    id: 'batch',
    title: 'batches of 32, 8 connections x 4',
    load: ['batch', '--connections', '8', '--depth', '4', '--batch', '32'],
    target: apogeeTargets.batch,
  },
  {
    ...async,
    id: 'pull',
    title: 'pulls of 32, 8 connections',
    load: ['pull', '--connections', '8', '--batch', '32'],
    reads: true,
    target: apogeeTargets.pull,
  },
  {
    ...async,
    id: 'latency',
    title: '64 producers on a schedule, 5 000 msg/s',
    load: ['sync', '--connections', '64', '--rate', '5000'],
    byLatency: true,
    target: {},
  },
  {
    ...async,
    id: 'tail',
    title: 'send to long-polling consumer, 2 000 msg/s',
    load: ['tail', '--rate', '2000'],
    byLatency: true,
    target: {},
  },
  {
    driver: 'client',
    flush: 'SYNC_FLUSH',
    id: 'syncflush64',
    title: 'SYNC_FLUSH, 64 producers',
    load: ['sync', '--connections', '64'],
    target: apogeeTargets.syncflush64,
  },
  {
    ...java,
    id: 'java128',
    title: 'official Java Producer -w 64 -s 128',
    bodyBytes: 128,
    target: apogeeTargets.java,
  },
  {
    ...java,
    id: 'java1024',
    title: 'official Java Producer -w 64 -s 1024',
    bodyBytes: 1024,
    target: apogeeTargets.java,
  },
];
