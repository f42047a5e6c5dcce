// SPDX-License-Identifier: Apache-2.0
/** Options that the published entries add, and the log of applications that inject none. */
import type { Clock } from '../core/clock.ts';
import type { Log, LogFields } from '../core/log.ts';
import type { Random } from '../core/random.ts';

export interface SurroundingsOptions {
  /** Default: warnings and errors go to the console. `silentLog` for nothing. */
  readonly log?: Log;
  /** Time as the client sees it; tests inject their own. */
  readonly clock?: Clock;
  readonly random?: Random;
}

/** Warnings and errors on the console, one line each. */
export function consoleLog(bound: LogFields = {}): Log {
  const line = (message: string, fields: LogFields = {}): string => {
    const pairs = Object.entries({ ...bound, ...fields }).map(([key, value]) => `${key}=${value}`);
    return ['apogeemq:', message, ...pairs].join(' ');
  };
  return {
    debug: () => {},
    info: () => {},
    warn: (message, fields) => console.warn(line(message, fields)),
    error: (message, fields) => console.error(line(message, fields)),
    child: (fields) => consoleLog({ ...bound, ...fields }),
  };
}
