// SPDX-License-Identifier: Apache-2.0
/**
 * Where a running name server or broker is found by `mqshutdown`: one small file a process in a
 * folder of the user. A file whose process is gone is removed by whoever meets it.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';

export type ProcessRole = 'namesrv' | 'broker';

export interface RunningProcess {
  readonly pid: number;
  readonly roles: readonly ProcessRole[];
  readonly startedAt: string;
  readonly addresses: readonly string[];
}

/** `APOGEE_RUN_DIR`, else `.apogee/run` under the home directory, else under the temp folder. */
export function runDirectory(): string {
  const home = homedir();
  return process.env['APOGEE_RUN_DIR'] ?? path.join(home === '/' ? tmpdir() : home, '.apogee/run');
}

/** Result: removes the file again. */
export function writePidFile(entry: RunningProcess): () => void {
  const directory = runDirectory();
  const file = path.join(directory, `${entry.pid}.json`);
  try {
    mkdirSync(directory, { recursive: true });
    writeFileSync(file, `${JSON.stringify(entry)}\n`);
  } catch {
    // A read-only home only costs `mqshutdown`; the process itself runs.
    return () => {};
  }
  return () => rmSync(file, { force: true });
}

/** Processes of `role` that live. */
export function runningProcesses(role: ProcessRole): RunningProcess[] {
  const found: RunningProcess[] = [];
  const directory = runDirectory();
  for (const name of namesIn(directory)) {
    const file = path.join(directory, name);
    const entry = readEntry(file);
    if (entry === undefined) continue;
    if (!isAlive(entry.pid)) rmSync(file, { force: true });
    else if (entry.roles.includes(role)) found.push(entry);
  }
  return found;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory).filter((name) => /^\d+\.json$/.test(name));
  } catch {
    return [];
  }
}

function readEntry(file: string): RunningProcess | undefined {
  try {
    const entry = JSON.parse(readFileSync(file, 'utf8')) as Partial<RunningProcess>;
    if (typeof entry.pid !== 'number' || !Array.isArray(entry.roles)) return undefined;
    return entry as RunningProcess;
  } catch {
    return undefined;
  }
}
