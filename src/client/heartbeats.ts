// SPDX-License-Identifier: Apache-2.0
/**
 * Tells brokers which groups this client belongs to: every 30 s, on request, and soon after a
 * connection was lost. Source: MQClientInstance.sendHeartbeatToAllBroker, spec remoting §2.5.1.
 */
import { errorText } from '../core/errors.ts';
import { heartBeat } from '../protocol/commands/heart-beat.ts';
import { unregisterClient } from '../protocol/commands/unregister-client.ts';
import { encodeHeartbeatData } from '../protocol/heartbeat-data.ts';
import { newExtFields } from '../protocol/remoting-command.ts';
import { MASTER_ID } from '../protocol/topic-route.ts';
import type { ClientInstance, Membership } from './client-instance.ts';
import type { BrokerAddress } from './route-table.ts';

/** Wait before the heartbeat that follows a lost connection. */
export const RECONNECT_DELAY_MS = 1000;

/** Longest wait for the goodbye at close: a broker that is gone must not hold the process. */
const UNREGISTER_TIMEOUT_MS = 1000;

export class Heartbeats {
  readonly #instance: ClientInstance;
  readonly #membership: Membership;
  /** Addresses that got a heartbeat, with the one running for them. */
  readonly #sending = new Map<string, Promise<boolean>>();
  readonly #greeted = new Set<string>();
  readonly #reconnecting = new Set<string>();
  #greetedGeneration = -1;

  constructor(instance: ClientInstance, membership: Membership) {
    this.#instance = instance;
    this.#membership = membership;
  }

  /** After a lost connection the broker has forgotten this client: introduce it again. */
  watchConnections(): void {
    const { environment } = this.#instance;
    environment.remoting.onDisconnect((address, reason) => {
      if (!this.#greeted.delete(address) || !this.#instance.isStarted) return;
      this.#instance.log.warn('connection to broker lost', { address, reason });
      if (!this.#reconnecting.has(address)) this.#instance.background(this.#reconnect(address));
    });
  }

  /** Tries once a second until the broker answers or is in no route any more. */
  async #reconnect(address: string): Promise<void> {
    this.#reconnecting.add(address);
    try {
      do {
        await this.#instance.pause(RECONNECT_DELAY_MS);
        const target = this.#targets().find((broker) => broker.address === address);
        if (target === undefined || (await this.send(target))) return;
      } while (this.#instance.isStarted);
    } finally {
      this.#reconnecting.delete(address);
    }
  }

  /** One heartbeat to every broker of the topics in use. Failures are logged. */
  async sendAll(): Promise<void> {
    await Promise.all(this.#targets().map((broker) => this.send(broker)));
  }

  /** One heartbeat to each broker that never got one; cheap while routes stay the same. */
  async greetNew(): Promise<void> {
    const { generation } = this.#instance.routes;
    if (generation === this.#greetedGeneration) return;
    this.#greetedGeneration = generation;
    const fresh = this.#targets().filter((broker) => !this.#greeted.has(broker.address));
    await Promise.all(fresh.map((broker) => this.send(broker)));
  }

  /** False when it failed. Concurrent heartbeats to one address are one. */
  send(broker: { readonly brokerName: string; readonly address: string }): Promise<boolean> {
    const running = this.#sending.get(broker.address);
    if (running !== undefined) return running;
    const sending = this.#send(broker).finally(() => this.#sending.delete(broker.address));
    this.#sending.set(broker.address, sending);
    return sending;
  }

  async #send(broker: { readonly brokerName: string; readonly address: string }): Promise<boolean> {
    const { brokers, request, failures, clientId } = this.#instance;
    const { producerGroup, consumer } = this.#membership;
    const body = encodeHeartbeatData({
      clientID: clientId,
      producerGroups: producerGroup === undefined ? [] : [producerGroup],
      consumerDataSet: consumer === undefined ? [] : [consumer()],
      heartbeatFingerprint: 0,
      withoutSub: false,
    });
    try {
      await brokers.call(broker, { code: heartBeat.code, header: newExtFields(), body }, request);
      this.#greeted.add(broker.address);
      failures.worked(broker.address, 'broker takes heartbeats again', { address: broker.address });
      return true;
    } catch (error) {
      if (this.#instance.isStarted) {
        const { address } = broker;
        failures.failed(address, 'heartbeat failed', { address }, error);
      }
      return false;
    }
  }

  /** Consumers greet slaves too, producers only masters. */
  #targets(): BrokerAddress[] {
    const all = this.#instance.routes.brokers();
    if (this.#membership.consumer !== undefined) return all;
    return all.filter((broker) => broker.brokerId === MASTER_ID);
  }

  /** Leaves the groups at every broker that knows this client. Failures are of no consequence. */
  async unregister(): Promise<void> {
    const { brokers, clientId, log } = this.#instance;
    const { producerGroup, consumer } = this.#membership;
    const consumerGroup = consumer?.().groupName;
    const header = unregisterClient.request.encode({
      clientID: clientId,
      ...(producerGroup === undefined ? {} : { producerGroup }),
      ...(consumerGroup === undefined ? {} : { consumerGroup }),
    });
    const greeted = this.#targets().filter((broker) => this.#greeted.has(broker.address));
    await Promise.all(
      greeted.map(async (broker) => {
        try {
          const request = { code: unregisterClient.code, header };
          await brokers.call(broker, request, { timeoutMs: UNREGISTER_TIMEOUT_MS });
        } catch (error) {
          log.debug('unregister failed', { address: broker.address, reason: errorText(error) });
        }
      }),
    );
  }
}
