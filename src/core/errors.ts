// SPDX-License-Identifier: Apache-2.0
/**
 * The catalogue of operating errors. Codes are stable: users match on them, logs and docs name
 * them.
 * Text says what happened and with what; `cure` says what to do.
 */

export const errorCatalogue = {
  CONFIG_VALUE: 'a configuration value is not allowed',
  CONFIG_FILE: 'a configuration file cannot be read',
  PORT_IN_USE: 'a port is already in use',
  LISTEN_FAILED: 'a port cannot be opened',
  STORE_LOCKED: 'the store directory is held by another process',
  STORE_PATH: 'the store directory cannot be used',
  STORE_FORMAT: 'the store holds files in a format this broker does not speak',
  STORE_CLOSED: 'the store is closed',
  STORE_FAILED: 'the store reported an error',
  NATIVE_MISSING: 'the native addon is not built for this machine',
  FRAME_INVALID: 'bytes on a remoting connection are not a valid frame',
  HEADER_FIELD: 'a request header field is missing or malformed',
  BODY_INVALID: 'a request body cannot be decoded',
  CONNECT_FAILED: 'a connection cannot be made',
  CONNECTION_CLOSED: 'the connection closed before the answer came',
  REQUEST_TIMEOUT: 'no answer came within the time allowed',
  TOO_MANY_REQUESTS: 'too many requests are waiting for an answer',
  BROKER_REFUSED: 'the broker answered with an error code',
  NO_ROUTE: 'no broker serves the topic',
  MESSAGE_INVALID: 'the message breaks a limit',
  CLIENT_CLOSED: 'the client is closed',
} as const;

export type ErrorCode = keyof typeof errorCatalogue;

export interface ApogeeErrorDetails {
  /** The RocketMQ response code behind the error, when a peer sent one. */
  readonly responseCode?: number;
  /** What the reader can do about it, one sentence. */
  readonly cure?: string;
  readonly cause?: unknown;
}

export class ApogeeError extends Error {
  override readonly name = 'ApogeeError';
  readonly code: ErrorCode;
  readonly responseCode: number | undefined;
  readonly cure: string | undefined;

  constructor(code: ErrorCode, message: string, details: ApogeeErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.responseCode = details.responseCode;
    this.cure = details.cure;
  }
}

/** The text of anything thrown. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
