// SPDX-License-Identifier: Apache-2.0
/**
 * pino behind `core/log`, to stderr: JSON lines, or one readable line each on a terminal.
 * stdout stays free for what a command prints.
 */
import { pino } from 'pino';
import type { Settings } from '../core/config/settings.ts';
import type { Log, LogFields } from '../core/log.ts';

export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly format: 'auto' | 'pretty' | 'json';
}

export function logOptions(settings: Settings): LogOptions {
  return {
    level: settings.text('logLevel') as LogOptions['level'],
    format: settings.text('logFormat') as LogOptions['format'],
  };
}

export function createLog(options: LogOptions): Log {
  const pretty =
    options.format === 'pretty' || (options.format === 'auto' && process.stderr.isTTY === true);
  const destination = pretty
    ? { write: (line: string) => void process.stderr.write(readable(line)) }
    : pino.destination({ fd: 2, sync: true });
  const logger = pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  return adapt(logger);
}

interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: object): Logger;
}

function adapt(logger: Logger): Log {
  return {
    debug: (message, fields: LogFields = {}) => logger.debug(fields, message),
    info: (message, fields: LogFields = {}) => logger.info(fields, message),
    warn: (message, fields: LogFields = {}) => logger.warn(fields, message),
    error: (message, fields: LogFields = {}) => logger.error(fields, message),
    child: (fields) => adapt(logger.child(fields)),
  };
}

/** `12:00:01.234 INFO  RouteInfoManager the broker registered brokerName=broker-a`. */
function readable(line: string): string {
  const { level, time, msg, component, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const clock = String(time).slice(11, 23);
  const pairs = Object.entries(fields).map(([key, value]) => ` ${key}=${shown(value)}`);
  const source = component === undefined ? '' : `${component}: `;
  return `${clock} ${String(level).toUpperCase().padEnd(5)} ${source}${msg}${pairs.join('')}\n`;
}

function shown(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
