// SPDX-License-Identifier: Apache-2.0
/**
 * Consumes topics as a member of a group: queues are shared out, messages arrive by long polling,
 * offsets are committed. Source: DefaultMQPushConsumer, spec remoting §4.5 to §4.9.
 */
import { sleep } from '../core/clock.ts';
import { ApogeeError } from '../core/errors.ts';
import type { ConsumerData } from '../protocol/heartbeat-data.ts';
import type { MessageQueue } from '../protocol/message-queue.ts';
import { retryTopicOf } from '../protocol/names.ts';
import { isTagType, SUBSCRIBE_ALL } from '../protocol/subscription.ts';
import { ClientInstance } from './client-instance.ts';
import { ConsumeLoop } from './consume-loop.ts';
import {
  type PushConsumerOptions,
  type PushConsumerSettings,
  pushConsumerSettings,
} from './consumer-options.ts';
import { checkExpression, serveConsumerRequests } from './consumer-requests.ts';
import { Delivery } from './delivery.ts';
import type { ClientEnvironment } from './environment.ts';
import type { MessageParts } from './message.ts';
import { type LeasedMessage, leasedMessages } from './message-stream.ts';
import { MemoryOffsetStorage } from './offset-file.ts';
import { BrokerOffsetStore, LocalOffsetStore, type OffsetStore } from './offset-store.ts';
import { QueueAssignments } from './queue-assignments.ts';
import { Rebalancer } from './rebalancer.ts';
import { Redelivery } from './redelivery.ts';
import { startOffset } from './start-offset.ts';
import { type SubscriptionExpression, Subscriptions } from './subscriptions.ts';

/** The broker holds an empty pull for this long; Java's default. */
export const SUSPEND_TIMEOUT_MS = 15_000;
export const PULL_TIMEOUT_MS = 30_000;
const CLOSE_POLL_MS = 10;

export class PushConsumer {
  readonly #settings: PushConsumerSettings;
  readonly #instance: ClientInstance;
  readonly #subscriptions = new Subscriptions();
  readonly #delivery = new Delivery<MessageParts>();
  readonly #offsets: OffsetStore;
  readonly #assignments: QueueAssignments;
  readonly #rebalancer: Rebalancer;
  readonly #loop: ConsumeLoop;

  constructor(options: PushConsumerOptions, environment: ClientEnvironment) {
    const settings = pushConsumerSettings(options, environment.clock.nowMs());
    this.#settings = settings;
    const { group, broadcasting } = settings;
    for (const [topic, expression] of Object.entries(options.subscriptions)) {
      this.#subscriptions.set(topic, expression, environment.clock.nowMs());
    }
    const retryTopic = broadcasting ? undefined : retryTopicOf(group);
    if (retryTopic !== undefined) {
      this.#subscriptions.set(retryTopic, SUBSCRIBE_ALL, environment.clock.nowMs());
    }
    const membership = { consumer: () => this.#consumerData() };
    const instance = new ClientInstance(environment, options, membership, broadcasting);
    this.#instance = instance;
    const { clientId, log, queues } = instance;
    this.#offsets = broadcasting
      ? new LocalOffsetStore(
          clientId,
          group,
          options.offsetStorage ?? new MemoryOffsetStorage(),
          log,
        )
      : new BrokerOffsetStore(group, queues, instance.failures);
    this.#assignments = new QueueAssignments({
      instance,
      offsets: this.#offsets,
      delivery: this.#delivery,
      settings: {
        group,
        retryTopic,
        pullBatchSize: settings.pullBatchSize,
        suspendTimeoutMs: SUSPEND_TIMEOUT_MS,
        pullTimeoutMs: PULL_TIMEOUT_MS,
        limits: settings.flowLimits,
        lite: false,
      },
      subscriptionOf: (topic) => this.#subscriptions.get(topic),
      commitWithPull: !broadcasting,
    });
    this.#rebalancer = new Rebalancer({
      instance,
      assignments: this.#assignments,
      group,
      broadcasting,
      topics: () => this.#subscriptions.topics(),
      startOffset: (queue) => this.#startOffset(queue),
    });
    this.#loop = new ConsumeLoop({
      instance,
      settings,
      delivery: this.#delivery,
      assignments: this.#assignments,
      redelivery: new Redelivery(instance, group, settings.maxReconsumeTimes),
    });
  }

  get clientId(): string {
    return this.#instance.clientId;
  }

  /** The queues this member works on right now. */
  assignedQueues(): MessageQueue[] {
    return this.#assignments.queues();
  }

  /**
   * Joins the group and begins. A broker or name server that is away is no error: it is waited for.
   * Errors: BROKER_REFUSED when a broker does not accept an expression.
   */
  async start(): Promise<void> {
    const instance = this.#instance;
    instance.start();
    instance.routes.onChange = () => this.#rebalancer.request();
    const { group } = this.#settings;
    serveConsumerRequests({
      instance,
      group,
      settings: this.#settings,
      subscriptions: this.#subscriptions,
      assignments: this.#assignments,
      offsets: this.#offsets,
      rebalance: () => instance.background(this.#rebalancer.run()),
    });
    this.#loop.start();
    instance.every(this.#settings.persistIntervalMs, () => this.#offsets.persist(instance.request));
    await this.#checkExpressions();
    this.#rebalancer.start();
    await this.#rebalancer.run();
  }

  /** Adds a topic, or changes its expression. Errors: as `start`. */
  async subscribe(topic: string, expression: SubscriptionExpression): Promise<void> {
    this.#instance.checkStarted('consumer');
    this.#subscriptions.set(topic, expression, this.#instance.environment.clock.nowMs());
    await this.#checkExpressions();
    await this.#instance.heartbeats.sendAll();
    await this.#rebalancer.run();
  }

  async unsubscribe(topic: string): Promise<void> {
    this.#instance.checkStarted('consumer');
    this.#subscriptions.delete(topic);
    await this.#instance.heartbeats.sendAll();
    await this.#rebalancer.run();
  }

  /**
   * The messages, for a consumer without a listener. Each must be acknowledged or retried; the loop
   * ends without an error when `signal` aborts or the consumer closes.
   */
  messages(options: { readonly signal?: AbortSignal } = {}): AsyncIterableIterator<LeasedMessage> {
    this.#instance.checkStarted('consumer');
    if (this.#settings.listener !== undefined) {
      throw new ApogeeError('CONFIG_VALUE', 'messages() and a listener exclude each other', {
        cure: 'make the consumer without the option listener',
      });
    }
    const { signal } = options;
    if (signal !== undefined) this.#instance.environment.adoptSignal?.(signal);
    return leasedMessages(this.#loop, signal);
  }

  /** Finishes what is in work, commits, leaves the group, closes everything. Idempotent. */
  async close(): Promise<void> {
    if (this.#instance.isStarted) await this.#finishWork();
    this.#rebalancer.stop();
    await this.#instance.close(async () => {
      this.#delivery.close();
      const { requestTimeoutMs } = this.#instance.settings;
      await this.#offsets.persist({ timeoutMs: requestTimeoutMs });
      await this.#instance.heartbeats.unregister();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Listeners get time to end; messages taken from `messages()` are their taker's affair. */
  async #finishWork(): Promise<void> {
    this.#assignments.stopPulling();
    if (this.#settings.listener === undefined) return;
    const { clock } = this.#instance.environment;
    const endMs = clock.monotonicMs() + this.#settings.closeTimeoutMs;
    while (this.#assignments.busy && clock.monotonicMs() < endMs) {
      await sleep(clock, CLOSE_POLL_MS);
    }
  }

  async #startOffset(queue: MessageQueue): Promise<number> {
    const { queues, request } = this.#instance;
    const offset = await startOffset(queue, this.#settings, this.#offsets, queues, request);
    this.#offsets.reset(queue, offset);
    return offset;
  }

  async #checkExpressions(): Promise<void> {
    for (const subscription of this.#subscriptions.all()) {
      if (isTagType(subscription.expressionType)) continue;
      await checkExpression(this.#instance, this.#settings.group, subscription);
    }
  }

  #consumerData(): ConsumerData {
    const { group, broadcasting, consumeFromWhere } = this.#settings;
    return {
      groupName: group,
      consumeType: 'CONSUME_PASSIVELY',
      messageModel: broadcasting ? 'BROADCASTING' : 'CLUSTERING',
      consumeFromWhere,
      subscriptionDataSet: this.#subscriptions.all(),
      unitMode: false,
    };
  }
}
