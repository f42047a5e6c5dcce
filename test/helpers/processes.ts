// SPDX-License-Identifier: Apache-2.0
/**
 * Child processes of tests: started with a deadline for being ready, stopped by their pid, and
 * ended with this process whatever happens. Folders for their files.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const projectRoot = fileURLToPath(new URL('../../..', import.meta.url));

const STOP_GRACE_MS = 15_000;
const OUTPUT_KEPT_CHARACTERS = 256 * 1024;

/** What was started and has not ended: killed when this process exits. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export interface ProcessOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Named in errors. */
  readonly title?: string;
  /** Given each chunk of standard output instead of keeping it. */
  readonly onOutput?: (text: string) => void;
}

export class ManagedProcess {
  readonly child: ChildProcess;
  readonly title: string;
  /** Resolves to the exit code, or the signal's name. */
  readonly ended: Promise<number | string>;
  #output = '';
  #errors = '';

  constructor(command: string, args: readonly string[], options: ProcessOptions = {}) {
    this.title = options.title ?? path.basename(command);
    this.child = spawn(command, args, {
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: { ...process.env, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    running.add(this.child);
    const keep = (text: string): void => {
      this.#output = (this.#output + text).slice(-OUTPUT_KEPT_CHARACTERS);
    };
    this.child.stdout?.setEncoding('utf8').on('data', options.onOutput ?? keep);
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#errors = (this.#errors + text).slice(-OUTPUT_KEPT_CHARACTERS);
      keep(text);
    });
    // A process that is gone does not read: its end is reported below.
    this.child.stdin?.on('error', () => {});
    this.ended = new Promise((resolve) => {
      this.child.once('error', (error) => {
        keep(error.message);
        running.delete(this.child);
        resolve(error.message);
      });
      this.child.once('exit', (code, signal) => {
        running.delete(this.child);
        resolve(code ?? signal ?? 'unknown');
      });
    });
  }

  get hasEnded(): boolean {
    return !running.has(this.child);
  }

  /** The last of standard output and standard error. */
  get output(): string {
    return this.#output;
  }

  /** The last of standard error alone. */
  get errors(): string {
    return this.#errors;
  }

  /** Result: what `check` found. Errors: not ready in time, or ended before. */
  async until<T>(check: () => T | undefined | Promise<T | undefined>, timeoutMs: number) {
    const endMs = performance.now() + timeoutMs;
    for (;;) {
      const found = await check();
      if (found !== undefined) return found;
      if (this.hasEnded) throw this.#failure(`ended with ${await this.ended}`);
      if (performance.now() > endMs) throw this.#failure(`is not ready after ${timeoutMs} ms`);
      await sleep(25);
    }
  }

  untilOutput(pattern: RegExp, timeoutMs: number): Promise<RegExpExecArray> {
    return this.until(() => pattern.exec(this.#output) ?? undefined, timeoutMs);
  }

  /** Asks the process to end, and kills it when it does not. Result: as of `ended`. */
  async stop(graceMs: number = STOP_GRACE_MS): Promise<number | string> {
    if (!this.hasEnded) {
      this.child.kill('SIGTERM');
      const timer = setTimeout(() => this.child.kill('SIGKILL'), graceMs);
      await this.ended;
      clearTimeout(timer);
    }
    return this.ended;
  }

  async kill(): Promise<void> {
    if (this.hasEnded) return;
    this.child.kill('SIGKILL');
    await this.ended;
  }

  #failure(what: string): Error {
    return new Error(`${this.title} ${what}; its last output:\n${this.#output.slice(-4000)}`);
  }
}

/** Runs a program to its end. Result: its output; throws when it fails or takes too long. */
export async function runToEnd(
  command: string,
  args: readonly string[],
  options: ProcessOptions & { readonly timeoutMs: number },
): Promise<string> {
  const child = new ManagedProcess(command, args, options);
  const timer = setTimeout(() => child.child.kill('SIGKILL'), options.timeoutMs);
  const code = await child.ended;
  clearTimeout(timer);
  await drained(child.child);
  if (code === 0) return child.output;
  throw new Error(`${child.title} ended with ${code}:\n${child.output.slice(-4000)}`);
}

async function drained(child: ChildProcess): Promise<void> {
  if (child.stdout !== null && !child.stdout.closed) await once(child.stdout, 'close');
}

export interface TemporaryFolder {
  readonly path: string;
  remove(): void;
}

export function temporaryFolder(prefix: string): TemporaryFolder {
  const folder = mkdtempSync(path.join(tmpdir(), `apogee-${prefix}-`));
  return { path: folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
