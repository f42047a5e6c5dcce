// SPDX-License-Identifier: Apache-2.0
/** Figures as a table for a terminal and as Markdown for the README. */

import { type BenchResult, medianOf, type RowResult, rateRatio } from './result.ts';
import { footprintTargets } from './targets.ts';

type Cells = readonly string[];

const HEADINGS: Cells = [
  'load, 128-byte bodies',
  'Apache 5.5.0, msg/s',
  'ApogeeMQ, msg/s',
  'times',
  'wanted',
  'server CPU µs/msg, Apache',
  'ApogeeMQ',
  'at most',
  'p50 / p99 / p99.9 µs, Apache',
  'ApogeeMQ',
];

export function terminalReport(result: BenchResult): string {
  return [
    `${result.machine}`,
    `commit ${result.commit}, ${result.startedAt}, ${result.command}`,
    Object.entries(result.versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
    '',
    ...(result.rows.length > 0 ? alignedTable([HEADINGS, ...result.rows.map(rowCells)]) : []),
    '',
    ...footprintLines(result).map(([what, value]) => `${what}: ${value}`),
    ...result.rows.flatMap(troubles),
    ...result.notes,
    '',
  ].join('\n');
}

/** The speed section of the README: a table, how it was made, and what it cannot say. */
export function markdownReport(result: BenchResult): string {
  const shown = [0, 1, 2, 3, 5, 6] as const;
  const pick = (cells: Cells): string => `| ${shown.map((index) => cells[index]).join(' | ')} |`;
  return [
    pick(HEADINGS),
    `|${shown.map((_, index) => (index === 0 ? '---|' : '---:|')).join('')}`,
    ...result.rows.map((row) => pick(rowCells(row))),
    '',
    '| | |',
    '|---|---:|',
    ...footprintLines(result).map(([what, value]) => `| ${what} | ${value} |`),
    '',
    `Medians of interleaved rounds; client and broker share ${result.machine}.`,
    `Made by \`${result.command}\` at commit ${result.commit}, ${result.startedAt.slice(0, 10)}.`,
    '',
  ].join('\n');
}

function rowCells(row: RowResult): Cells {
  const rate = (rounds: RowResult['apogee']): string =>
    number(
      medianOf(rounds, (round) => round.messagesPerSecond),
      0,
    );
  const cpu = (rounds: RowResult['apogee']): string =>
    number(
      medianOf(rounds, (round) => round.cpuMicros),
      2,
    );
  return [
    row.title,
    rate(row.apache),
    rate(row.apogee),
    number(rateRatio(row), 2),
    row.target.ratio === undefined ? '' : `${row.target.ratio}`,
    cpu(row.apache),
    cpu(row.apogee),
    row.target.cpuMicros === undefined ? '' : `${row.target.cpuMicros}`,
    latencies(row.apache),
    latencies(row.apogee),
  ];
}

function latencies(rounds: RowResult['apogee']): string {
  const quantiles = (['p50', 'p99', 'p999'] as const).map((quantile) =>
    medianOf(rounds, (round) => round.latencyMicros?.[quantile]),
  );
  if (quantiles.some((value) => value === undefined)) return '';
  return quantiles.map((value) => number(value, 0)).join(' / ');
}

function footprintLines({ rows, footprint }: BenchResult): [string, string][] {
  const syncRow = rows.find(({ id }) => id === 'syncflush64');
  const perSync = medianOf(syncRow?.apogee ?? [], (round) => round.messagesPerSync);
  const lines: [string, string][] = [];
  if (perSync !== undefined) {
    const wanted = syncRow?.target.messagesPerSync;
    lines.push(['messages per fdatasync, SYNC_FLUSH', `${number(perSync, 1)} (wanted: ${wanted})`]);
  }
  if (footprint === undefined) return lines;
  const most = footprintTargets;
  const ours = `${number(footprint.idle.rssMegabytes, 0)} MB (at most ${most.idleRssMegabytes})`;
  const theirs = footprint.apache;
  const beside = (value: number | undefined, unit: string): string =>
    value === undefined ? '' : `; Apache ${number(value, 0)} ${unit}`;
  const first = `${number(footprint.firstSendMs, 0)} ms (at most ${most.firstSendMs})`;
  return [
    ...lines,
    ['idle memory (RSS), name server + broker', ours + beside(theirs?.idle.rssMegabytes, 'MB')],
    ['first acknowledged send after process start', first + beside(theirs?.firstSendMs, 'ms')],
    [
      `anonymous memory grown by ${number(footprint.growthMessages, 0)} messages`,
      `${number(footprint.anonymousGrowthMegabytes, 1)} MB ` +
        `(at most ${most.anonymousGrowthMegabytes})`,
    ],
    [
      `one of ${number(footprint.idleConnections, 0)} idle connections`,
      `${number(footprint.idleConnectionKib, 1)} KiB (at most ${most.idleConnectionKib})`,
    ],
  ];
}

/** Answers other than success, and what the load client found wrong, by row and broker. */
function troubles(row: RowResult): string[] {
  return (['apogee', 'apache'] as const).flatMap((name) => {
    const codes: Record<string, number> = {};
    for (const { errorCodes } of row[name]) {
      for (const [code, count] of Object.entries(errorCodes)) {
        codes[code] = (codes[code] ?? 0) + count;
      }
    }
    const faults = row[name].flatMap((round) => round.faults);
    const counts = Object.entries(codes).map(([code, count]) => `${count} answers ${code}`);
    const all = [...counts, ...faults];
    return all.length === 0 ? [] : [`${row.title}, ${name}: ${all.join('; ')}`];
  });
}

function number(value: number | undefined, digits: number): string {
  if (value === undefined || !Number.isFinite(value)) return '';
  return value
    .toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
    .replaceAll(',', ' ');
}

function alignedTable(table: readonly Cells[]): string[] {
  const columns = table[0]?.length ?? 0;
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...table.map((cells) => cells[column]?.length ?? 0)),
  );
  return table.map((cells) =>
    cells
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}
