// SPDX-License-Identifier: Apache-2.0
/** What the shell commands share: options, output that respects a slow reader, Ctrl-C. */
import { type Command, InvalidArgumentError } from 'commander';
import { errorText } from '../../core/errors.ts';
import type { Log, LogFields } from '../../core/log.ts';
import { sentence } from '../run.ts';

export const DEFAULT_NAMESRV_ADDR = '127.0.0.1:9876';

/** Adds `--namesrv`; NAMESRV_ADDR of the environment stands in. */
export function withNameServer(command: Command): Command {
  return command.option(
    '-n, --namesrv <addr>',
    'name servers as host:port, ";" between several, or ws://host:port (env NAMESRV_ADDR)',
    process.env['NAMESRV_ADDR'] || DEFAULT_NAMESRV_ADDR,
  );
}

/** A parser for whole numbers from `min` to `max`. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^[0-9]+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}

/** Collects `name=value` pairs. */
export function collectPairs(
  text: string,
  previous: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const equals = text.indexOf('=');
  if (equals <= 0 || equals === text.length - 1) {
    throw new InvalidArgumentError('It must be name=value.');
  }
  return { ...previous, [text.slice(0, equals)]: text.slice(equals + 1) };
}

/** Writes to stdout and waits while its reader is slow. */
export async function print(text: string): Promise<void> {
  if (process.stdout.write(text)) return;
  await new Promise<void>((resolve) => process.stdout.once('drain', resolve));
}

/** A word for the person at the terminal; never part of the output. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Tells the person at the terminal what goes on in a command that runs for long. */
export const noteLog: Log = {
  debug: () => {},
  info: () => {},
  warn: (message, fields) => note(`${message}${fields === undefined ? '' : reasonOf(fields)}`),
  error: (message, fields) => note(`${message}${fields === undefined ? '' : reasonOf(fields)}`),
  child: () => noteLog,
};

function reasonOf(fields: LogFields): string {
  const reason = fields['reason'];
  return reason === undefined ? '' : `: ${String(reason)}`;
}

/** True when the error only says that the command was stopped. */
function isStop(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted && (error === signal.reason || errorText(error) === 'stopped');
}

/**
 * Runs a command until it ends or is stopped by SIGINT or SIGTERM. An error becomes one sentence on
 * stderr and exit code 1; a reader that went away (`| head`) is no error.
 */
export async function runCommand(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const stop = new AbortController();
  const onSignal = (): void => {
    if (stop.signal.aborted) process.exit(130);
    stop.abort(new Error('stopped'));
  };
  const onPipeError = (error: NodeJS.ErrnoException): void => {
    if (error.code === 'EPIPE') process.exit(0);
    note(sentence(error));
    process.exit(1);
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  process.stdout.on('error', onPipeError);
  try {
    await work(stop.signal);
  } catch (error) {
    if (!isStop(error, stop.signal)) {
      note(sentence(error));
      process.exitCode = 1;
    }
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
    process.stdout.off('error', onPipeError);
  }
}
