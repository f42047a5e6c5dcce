// SPDX-License-Identifier: Apache-2.0
/** What every command shares: errors as one sentence, signals, and a clean stop. */
import { ApogeeError, errorText } from '../core/errors.ts';

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

/** What happened and, when known, what to do about it. */
export function sentence(error: unknown): string {
  const text = errorText(error);
  return error instanceof ApogeeError && error.cure !== undefined ? `${text}; ${error.cure}` : text;
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
