// SPDX-License-Identifier: Apache-2.0
/** Commands of `dist/src/bin` as child processes, in a home of their own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

const commands = fileURLToPath(new URL('../../../src/bin/', import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class RunningCommand {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  stdout = '';
  stderr = '';

  constructor(child: ChildProcess) {
    this.child = child;
    child.stdout?.on('data', (chunk) => {
      this.stdout += chunk;
    });
    child.stderr?.on('data', (chunk) => {
      this.stderr += chunk;
    });
    this.finished = new Promise((resolve) => {
      child.on('close', (code) => {
        resolve({ code, stdout: this.stdout, stderr: this.stderr });
      });
    });
  }

  /** Resolves when stdout holds `text`; rejects when the process ends before that. */
  async says(text: string): Promise<void> {
    let ended: Finished | undefined;
    void this.finished.then((finished) => {
      ended = finished;
    });
    while (!this.stdout.includes(text)) {
      if (ended !== undefined) throw new Error(`ended without "${text}": ${ended.stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Sends SIGTERM and waits. */
  async stop(): Promise<Finished> {
    this.child.kill('SIGTERM');
    return await this.finished;
  }
}

/** A folder that stands for the user's home; removed after the test, processes ended before. */
export class Home {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'apogee-bin-'));
  readonly #running: RunningCommand[] = [];

  constructor(context: TestContext) {
    context.after(async () => {
      for (const { child, finished } of this.#running) {
        if (child.exitCode === null) child.kill('SIGKILL');
        await finished;
      }
      rmSync(this.folder, { recursive: true, force: true });
    });
  }

  start(command: string, ...args: string[]): RunningCommand {
    const child = spawn(process.execPath, [path.join(commands, `${command}.js`), ...args], {
      cwd: this.folder,
      env: {
        ...process.env,
        HOME: this.folder,
        APOGEE_RUN_DIR: path.join(this.folder, 'run'),
        NAMESRV_ADDR: '',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const running = new RunningCommand(child);
    this.#running.push(running);
    return running;
  }

  run(command: string, ...args: string[]): Promise<Finished> {
    return this.start(command, ...args).finished;
  }

  path(...parts: string[]): string {
    return path.join(this.folder, ...parts);
  }
}
