// SPDX-License-Identifier: Apache-2.0
/** What a run of the benchmark measures and for how long, from its command line. */
import { parseArgs } from 'node:util';
import { type RowId, rowIds } from './rows.ts';

export const usage = `usage: npm run bench -- [options]
  --short            a few seconds per load, at most 4 minutes in all (the default)
  --full             five rounds per load and the long runs, at most 25 minutes
  --only a,b         some rows: ${[...rowIds, 'footprint'].join(', ')}
  --codec json       header codec of the load client: json (as clients default to) or binary
  --no-apache        our columns only
  --json <file>      write all figures
  --markdown <file>  write the table as Markdown; with --from, from earlier figures
  --from <file>      measure nothing: show figures that --json wrote`;

export type Codec = 'json' | 'binary';

/** Seconds and counts of a mode. */
export interface Effort {
  readonly name: 'short' | 'full';
  readonly rounds: number;
  readonly javaRounds: number;
  readonly warmUpSeconds: number;
  /** One measurement. */
  readonly seconds: number;
  /** Ends a measurement earlier: what a fast broker stores must fit the disk and its cache. */
  readonly maxMessages: number;
  /** Reports of the official producer, one a second from the tenth second on; the last counts. */
  readonly javaReports: number;
  readonly growthMessages: number;
  readonly idleConnections: number;
  readonly neededDiskBytes: number;
}

const GIB = 1024 ** 3;

export const efforts: Readonly<Record<Effort['name'], Effort>> = {
  short: {
    name: 'short',
    rounds: 2,
    javaRounds: 1,
    warmUpSeconds: 8,
    seconds: 2,
    maxMessages: 2_000_000,
    javaReports: 2,
    growthMessages: 1_000_000,
    idleConnections: 1000,
    neededDiskBytes: 14 * GIB,
  },
  full: {
    name: 'full',
    rounds: 5,
    javaRounds: 3,
    warmUpSeconds: 20,
    seconds: 4,
    maxMessages: 4_000_000,
    javaReports: 14,
    growthMessages: 10_000_000,
    idleConnections: 10_000,
    neededDiskBytes: 40 * GIB,
  },
};

export interface BenchArguments {
  readonly effort: Effort;
  readonly only: ReadonlySet<RowId | 'footprint'> | undefined;
  readonly codec: Codec;
  readonly apache: boolean;
  readonly jsonFile: string | undefined;
  readonly markdownFile: string | undefined;
  readonly fromFile: string | undefined;
}

/** Errors: Error whose message names the wrong option. */
export function parseBenchArguments(args: readonly string[]): BenchArguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      short: { type: 'boolean' },
      full: { type: 'boolean' },
      only: { type: 'string' },
      codec: { type: 'string', default: 'json' },
      'no-apache': { type: 'boolean', default: false },
      json: { type: 'string' },
      markdown: { type: 'string' },
      from: { type: 'string' },
    },
  });
  if (values.codec !== 'json' && values.codec !== 'binary') {
    throw new Error(`--codec ${values.codec}: json or binary`);
  }
  return {
    effort: values.full === true ? efforts.full : efforts.short,
    only: values.only === undefined ? undefined : new Set(values.only.split(',').map(partName)),
    codec: values.codec,
    apache: !values['no-apache'],
    jsonFile: values.json,
    markdownFile: values.markdown,
    fromFile: values.from,
  };
}

function partName(name: string): RowId | 'footprint' {
  const known = [...rowIds, 'footprint' as const].find((each) => each === name);
  if (known === undefined) {
    throw new Error(`--only ${name}: there are ${[...rowIds, 'footprint'].join(', ')}`);
  }
  return known;
}
