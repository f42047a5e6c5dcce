// SPDX-License-Identifier: Apache-2.0
/** What every command shares: errors as one sentence, signals, and a clean stop. */
import { ApogeeError, errorText } from '../core/errors.ts';
import type { Log } from '../core/log.ts';

/** The oldest major version of Node that is served. */
export const MINIMUM_NODE_MAJOR = 20;

/** Started parts of a process, stopped in reverse order. */
export interface Stoppable {
  close(): void | Promise<void>;
}

/** Runs `main`; anything thrown becomes one sentence on stderr and exit code 1. */
export function runMain(main: () => Promise<void>): void {
  const fault = nodeFault(process.versions.node);
  if (fault !== undefined) fail(fault);
  main().catch((error: unknown) => fail(sentence(error)));
}

/** Why this version of Node cannot run us; undefined when it can. */
export function nodeFault(version: string): string | undefined {
  if (Number(version.split('.', 1)[0]) >= MINIMUM_NODE_MAJOR) return undefined;
  return `Node ${version} is too old; install Node ${MINIMUM_NODE_MAJOR} or newer`;
}

/** What system errors mean to a person, and what to do. */
const systemErrors: Readonly<Record<string, string>> = {
  EACCES: 'permission is missing; give the user of this process the right, or choose another path',
  EPERM: 'permission is missing; give the user of this process the right, or choose another path',
  EROFS: 'the file system is read-only; choose another path',
  ENOSPC: 'no space is left; free some, or choose another path',
  ENOTDIR: 'a part of the path is a file, not a folder; choose another path',
  EMFILE: 'too many files are open; raise the limit (ulimit -n)',
};

/** What happened and, when known, what to do about it. */
export function sentence(error: unknown): string {
  const text = errorText(error);
  if (error instanceof ApogeeError) {
    return error.cure === undefined ? text : `${text}; ${error.cure}`;
  }
  const { code, path } = (error ?? {}) as NodeJS.ErrnoException;
  const meaning = code === undefined ? undefined : systemErrors[code];
  return meaning === undefined ? text : `${path ?? text}: ${meaning}`;
}

export function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

/** Waits for SIGINT or SIGTERM, closes `parts` last to first, and exits; a second signal forces. */
export function stopOnSignal(parts: readonly Stoppable[], onStopping: () => void): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) {
      process.stderr.write(`${signal} again: stopping without waiting\n`);
      process.exit(1);
    }
    stopping = true;
    onStopping();
    closeAll(parts).then(
      () => process.exit(0),
      (error: unknown) => fail(`the stop was not clean: ${sentence(error)}`),
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  // Whoever read the banner may leave; a server does not stop for that.
  process.stdout.on('error', () => {});
}

/** A bug is one line of the log, like everything else, and ends the process. */
export function logCrashes(log: Log): void {
  const crash = (error: unknown): void => {
    const stack = error instanceof Error ? error.stack : String(error);
    log.error('a bug ends this process; please report it', { error: stack });
    process.exit(1);
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
}

/** Closes every part even when one fails; throws the first failure at the end. */
export async function closeAll(parts: readonly Stoppable[]): Promise<void> {
  let failure: unknown;
  for (const part of [...parts].reverse()) {
    try {
      await part.close();
    } catch (error) {
      failure ??= error;
    }
  }
  if (failure !== undefined) throw failure;
}
