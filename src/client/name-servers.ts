// SPDX-License-Identifier: Apache-2.0
/**
 * Requests to whichever name server answers. One is kept until it fails, then the next is tried,
 * each once per request. Source: NettyRemotingClient (name server choice), spec remoting §1.9.
 */
import { ApogeeError, errorText } from '../core/errors.ts';
import type { Random } from '../core/random.ts';
import type { RemotingCommand } from '../protocol/remoting-command.ts';
import type { InvokeOptions, RemotingClient } from '../protocol/transport.ts';
import type { FailureLog } from './failure-log.ts';

export class NameServers {
  readonly #addresses: readonly string[];
  readonly #remoting: RemotingClient;
  readonly #failures: FailureLog;
  #current: number;

  constructor(
    addresses: readonly string[],
    remoting: RemotingClient,
    failures: FailureLog,
    random: Random,
  ) {
    this.#addresses = addresses;
    this.#remoting = remoting;
    this.#failures = failures;
    this.#current = random.nextInt(addresses.length);
  }

  /** The one that answered last, or is tried next. */
  get currentAddress(): string {
    return this.#addresses[this.#current] ?? '';
  }

  /** All of them, for messages. */
  get text(): string {
    return this.#addresses.join(';');
  }

  /**
   * The response of the first name server that gives one. `makeRequest` is called per attempt.
   * Errors: CONNECT_FAILED when none answers, with what happened to each; the signal's reason.
   */
  async invoke(
    makeRequest: () => RemotingCommand,
    options: InvokeOptions,
  ): Promise<RemotingCommand> {
    const failures: string[] = [];
    let cause: unknown;
    for (let attempt = 0; attempt < this.#addresses.length; attempt += 1) {
      const address = this.currentAddress;
      try {
        const response = await this.#remoting.invoke(address, makeRequest(), options);
        this.#failures.worked(address, 'name server answers again', { address });
        return response;
      } catch (error) {
        if (!isTransportFailure(error)) throw error;
        cause = error;
        failures.push(`${address}: ${errorText(error)}`);
        this.#current = (this.#current + 1) % this.#addresses.length;
        this.#failures.failed(address, 'name server does not answer', { address }, error);
      }
    }
    throw new ApogeeError('CONNECT_FAILED', `no name server answers (${failures.join('; ')})`, {
      cure: `start a name server or broker there, or correct namesrvAddr=${this.text}`,
      cause,
    });
  }
}

/** True when a request may have failed because of its peer or the way there. */
export function isTransportFailure(error: unknown): boolean {
  return (
    error instanceof ApogeeError &&
    (error.code === 'CONNECT_FAILED' ||
      error.code === 'CONNECTION_CLOSED' ||
      error.code === 'REQUEST_TIMEOUT' ||
      error.code === 'TOO_MANY_REQUESTS')
  );
}
