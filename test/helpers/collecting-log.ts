// SPDX-License-Identifier: Apache-2.0
/** A log that keeps its lines for assertions. */
import type { Log, LogFields } from '../../src/core/log.ts';

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: LogFields;
}

export class CollectingLog implements Log {
  readonly lines: LogLine[];
  readonly #fields: LogFields;

  constructor(lines: LogLine[] = [], fields: LogFields = {}) {
    this.lines = lines;
    this.#fields = fields;
  }

  debug(message: string, fields?: LogFields): void {
    this.#add('debug', message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#add('info', message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#add('warn', message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#add('error', message, fields);
  }

  child(fields: LogFields): Log {
    return new CollectingLog(this.lines, { ...this.#fields, ...fields });
  }

  /** Lines of warnings and errors whose message holds `part`. */
  complaints(part = ''): LogLine[] {
    const loud = this.lines.filter(({ level }) => level === 'warn' || level === 'error');
    return loud.filter(({ message }) => message.includes(part));
  }

  #add(level: LogLine['level'], message: string, fields: LogFields = {}): void {
    this.lines.push({ level, message, fields: { ...this.#fields, ...fields } });
  }
}
