// SPDX-License-Identifier: Apache-2.0
/**
 * Says once that something fails, and once that it works again, however often it is tried between.
 * The tries between are told at debug level.
 */
import { errorText } from '../core/errors.ts';
import type { Log, LogFields } from '../core/log.ts';

export class FailureLog {
  readonly #log: Log;
  readonly #failing = new Set<string>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** `key` names what fails: an address, a topic, a queue. */
  failed(key: string, message: string, fields: LogFields, error?: unknown): void {
    const level = this.#failing.has(key) ? 'debug' : 'warn';
    this.#failing.add(key);
    this.#log[level](message, error === undefined ? fields : withReason(fields, error));
  }

  worked(key: string, message: string, fields: LogFields): void {
    if (this.#failing.delete(key)) this.#log.info(message, fields);
  }
}

function withReason(fields: LogFields, error: unknown): LogFields {
  return { ...fields, reason: errorText(error) };
}
