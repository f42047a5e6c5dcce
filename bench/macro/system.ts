// SPDX-License-Identifier: Apache-2.0
/** What the operating system knows of the broker's process and of the machine. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { arch, availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MemoryFigures } from './result.ts';

/** USER_HZ of Linux, the unit of /proc/<pid>/stat. */
const TICKS_PER_SECOND = 100;
const CALM_DIRTY_KIB = 256 * 1024;
const CALM_TIMEOUT_MS = 5000;

/** User and system time of a process so far, all threads. Errors: Error when it is gone. */
export function cpuSeconds(pid: number): number {
  if (process.platform === 'linux') {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the command in parentheses, blanks allowed.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  }
  const text = ps(pid, 'time');
  const [seconds = 0, minutes = 0, hours = 0] = text.split(':').reverse().map(Number);
  return seconds + 60 * minutes + 3600 * hours;
}

export function memoryOf(pid: number): MemoryFigures {
  if (process.platform !== 'linux') {
    return { rssMegabytes: Number(ps(pid, 'rss')) / 1024, anonymousMegabytes: undefined };
  }
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const megabytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(rollup)?.[1] ?? 0) / 1024;
  return { rssMegabytes: megabytes('Rss'), anonymousMegabytes: megabytes('Anonymous') };
}

function ps(pid: number, column: string): string {
  return spawnSync('ps', ['-o', `${column}=`, '-p', `${pid}`], { encoding: 'utf8' }).stdout.trim();
}

/** Waits until what was written before no longer keeps the disk busy. */
export async function untilDiskIsCalm(): Promise<void> {
  if (!existsSync('/proc/meminfo')) return;
  const endMs = performance.now() + CALM_TIMEOUT_MS;
  for (;;) {
    const text = readFileSync('/proc/meminfo', 'utf8');
    const kib = (name: string): number =>
      Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0);
    if (kib('Dirty') + kib('Writeback') < CALM_DIRTY_KIB || performance.now() > endMs) return;
    await sleep(200);
  }
}

export function freeDiskBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

export function describeMachine(): string {
  const memoryGib = Math.round(totalmem() / 1024 ** 3);
  const model = cpus()[0]?.model.trim() ?? arch();
  return `${availableParallelism()} x ${model}, ${memoryGib} GiB, ${type()} ${release()}`;
}

/** The first line that a program prints about itself; empty when it cannot be run. */
export function firstLine(command: string, args: readonly string[], cwd?: string): string {
  const { stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', cwd });
  return `${stdout ?? ''}${stderr ?? ''}`.split('\n', 1)[0]?.trim() ?? '';
}
