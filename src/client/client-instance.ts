// SPDX-License-Identifier: Apache-2.0
/**
 * What every producer and consumer stands on: name servers, routes, brokers, heartbeats and the
 * life cycle. Source: MQClientInstance, spec remoting §4.1, §4.2.
 */
import type { Timer } from '../core/clock.ts';
import { ApogeeError, errorText } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { ConsumerData } from '../protocol/heartbeat-data.ts';
import type { InvokeOptions } from '../protocol/transport.ts';
import { parseNameServerAddresses } from './addresses.ts';
import { BrokerClient } from './broker-client.ts';
import {
  type ClientEnvironment,
  type ClientOptions,
  type ClientSettings,
  clientSettings,
  makeClientId,
} from './environment.ts';
import { FailureLog } from './failure-log.ts';
import { Heartbeats } from './heartbeats.ts';
import { NameServers } from './name-servers.ts';
import { QueueCalls } from './queue-calls.ts';
import { RouteTable } from './route-table.ts';

/** The groups a client belongs to, read again for every heartbeat. */
export interface Membership {
  readonly producerGroup?: string;
  readonly consumer?: () => ConsumerData;
}

type State = 'created' | 'started' | 'closed';

export class ClientInstance {
  readonly clientId: string;
  readonly settings: ClientSettings;
  readonly environment: ClientEnvironment;
  readonly log: Log;
  readonly failures: FailureLog;
  readonly nameServers: NameServers;
  readonly routes: RouteTable;
  readonly brokers: BrokerClient;
  readonly queues: QueueCalls;
  readonly heartbeats: Heartbeats;
  readonly #timers: Timer[] = [];
  readonly #pauses = new Set<{ readonly timer: Timer; reject(reason: unknown): void }>();
  readonly #closing = new AbortController();
  #state: State = 'created';

  constructor(
    environment: ClientEnvironment,
    options: ClientOptions,
    membership: Membership,
    stableId = false,
  ) {
    this.environment = environment;
    this.settings = clientSettings(options);
    const { instanceName, serializeType } = this.settings;
    this.clientId = makeClientId(environment, instanceName ?? (stableId ? 'DEFAULT' : undefined));
    this.log = environment.log.child({ clientId: this.clientId });
    this.failures = new FailureLog(this.log);
    const { remoting, random } = environment;
    const { addresses } = parseNameServerAddresses(options.namesrvAddr);
    this.nameServers = new NameServers(addresses, remoting, this.failures, random);
    this.routes = new RouteTable(this.nameServers, this, serializeType);
    this.brokers = new BrokerClient(remoting, this.routes, this.nameServers, serializeType);
    this.queues = new QueueCalls(this.brokers);
    this.heartbeats = new Heartbeats(this, membership);
  }

  /** Aborts when the client closes: background work ends by it. */
  get closed(): AbortSignal {
    return this.#closing.signal;
  }

  /** Options of a request that the client makes for itself; closing the transport ends it. */
  get request(): InvokeOptions {
    return { timeoutMs: this.settings.requestTimeoutMs };
  }

  /** Errors: CLIENT_CLOSED unless the client is started. */
  checkStarted(what: string): void {
    if (this.#state === 'started') return;
    const closed = this.#state === 'closed';
    throw new ApogeeError('CLIENT_CLOSED', `the ${what} is ${closed ? 'closed' : 'not started'}`, {
      cure: closed ? `make a new ${what}` : `call and await start() first`,
    });
  }

  get isStarted(): boolean {
    return this.#state === 'started';
  }

  /** Errors: CLIENT_CLOSED when it was started or closed before. */
  start(): void {
    if (this.#state !== 'created') {
      throw new ApogeeError('CLIENT_CLOSED', `the client is ${this.#state} already`, {
        cure: 'start a client once; after close() make a new one',
      });
    }
    this.#state = 'started';
    const { pollNameServerIntervalMs, heartbeatBrokerIntervalMs } = this.settings;
    this.every(pollNameServerIntervalMs, () => this.routes.refresh(this.request));
    this.every(heartbeatBrokerIntervalMs, () => this.heartbeats.sendAll());
    this.heartbeats.watchConnections();
  }

  /** Runs `task` periodically until the client closes; a failure is logged. */
  every(periodMs: number, task: () => Promise<void>): void {
    let running = false;
    const timer = this.environment.clock.every(periodMs, () => {
      if (running) return;
      running = true;
      this.background(
        task().finally(() => {
          running = false;
        }),
      );
    });
    this.#timers.push(timer);
  }

  /** Resolves after `delayMs`; rejects when the client closes. */
  pause(delayMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.closed.aborted) {
        reject(this.closed.reason);
        return;
      }
      const timer = this.environment.clock.after(delayMs, () => {
        this.#pauses.delete(pause);
        resolve();
      });
      const pause = { timer, reject };
      this.#pauses.add(pause);
    });
  }

  /** Lets `work` go on by itself; its failure is logged, and not even that after close. */
  background(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      if (!this.closed.aborted)
        this.log.warn('background work failed', { reason: errorText(error) });
    });
  }

  /** Stops timers and background work; requests of `leave` may still be made. Idempotent. */
  async close(leave: () => Promise<void>): Promise<void> {
    if (this.#state === 'closed') return;
    const wasStarted = this.#state === 'started';
    this.#state = 'closed';
    for (const timer of this.#timers) timer.cancel();
    this.#closing.abort(new ApogeeError('CLIENT_CLOSED', 'the client is closed'));
    for (const { timer, reject } of this.#pauses) {
      timer.cancel();
      reject(this.closed.reason);
    }
    this.#pauses.clear();
    try {
      if (wasStarted) await leave();
    } finally {
      await this.environment.remoting.close();
    }
  }
}
