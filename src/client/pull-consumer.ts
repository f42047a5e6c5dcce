// SPDX-License-Identifier: Apache-2.0
/**
 * Reads queues under the control of the application: it chooses queues and offsets and commits when
 * it likes. Source: DefaultLitePullConsumer (assign mode), spec remoting §4.10.
 */
import { ApogeeError } from '../core/errors.ts';
import type { ConsumerData } from '../protocol/heartbeat-data.ts';
import { type MessageQueue, messageQueueKey } from '../protocol/message-queue.ts';
import {
  newSubscriptionData,
  SUBSCRIBE_ALL,
  type SubscriptionData,
} from '../protocol/subscription.ts';
import { ClientInstance } from './client-instance.ts';
import { MAX_PULL_BATCH_SIZE, oneOf } from './consumer-options.ts';
import { Delivery } from './delivery.ts';
import {
  type ClientEnvironment,
  type ClientOptions,
  checkGroup,
  integerOption,
} from './environment.ts';
import { type MessageParts, messageParts, ReceivedMessage } from './message.ts';
import { BrokerOffsetStore } from './offset-store.ts';
import { defaultFlowLimits } from './process-queue.ts';
import { type PullStatus, pull } from './pull-calls.ts';
import { QueueAssignments } from './queue-assignments.ts';
import { type StartingPoint, startOffset } from './start-offset.ts';
import type { SubscriptionExpression } from './subscriptions.ts';

/** The broker holds an empty pull of `messages()` for this long. */
export const LITE_SUSPEND_TIMEOUT_MS = 20_000;
export const LITE_PULL_TIMEOUT_MS = 30_000;
/** Added to the time a broker may hold a request, for the way there and back. */
const PULL_GRACE_MS = 5000;

export interface PullConsumerOptions extends ClientOptions {
  readonly group: string;
  /** Where `messages()` begins in a queue without position and committed offset. */
  readonly consumeFromWhere?: StartingPoint;
  readonly consumeTimestampMs?: number;
  /** Messages that `messages()` asks for at a time. Default 32. */
  readonly pullBatchSize?: number;
}

export interface PullOptions {
  /** Default 32. */
  readonly maxMessages?: number;
  /** How long to wait for a first message. Default 0: answer at once. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Default: all messages. */
  readonly expression?: SubscriptionExpression;
}

export interface PulledMessages {
  readonly status: PullStatus;
  readonly messages: readonly ReceivedMessage[];
  /** Where the next pull goes on, also when nothing was found. */
  readonly nextOffset: number;
  /** Bounds of the queue: the oldest offset there is, and the next to be assigned. */
  readonly minOffset: number;
  readonly maxOffset: number;
}

export class PullConsumer {
  readonly #instance: ClientInstance;
  readonly #options: PullConsumerOptions;
  readonly #group: string;
  readonly #pullBatchSize: number;
  readonly #offsets: BrokerOffsetStore;
  readonly #expressions = new Map<string, SubscriptionData>();
  readonly #positions = new Map<string, number>();
  #assigned: readonly MessageQueue[] = [];

  constructor(options: PullConsumerOptions, environment: ClientEnvironment) {
    this.#options = options;
    this.#group = checkGroup(options.group);
    oneOf('consumeFromWhere', options.consumeFromWhere ?? 'CONSUME_FROM_LAST_OFFSET', [
      'CONSUME_FROM_LAST_OFFSET',
      'CONSUME_FROM_FIRST_OFFSET',
      'CONSUME_FROM_TIMESTAMP',
    ]);
    const max = MAX_PULL_BATCH_SIZE;
    this.#pullBatchSize = integerOption('pullBatchSize', options.pullBatchSize, 32, { max });
    this.#instance = new ClientInstance(environment, options, {
      consumer: () => this.#consumerData(),
    });
    this.#offsets = new BrokerOffsetStore(
      this.#group,
      this.#instance.queues,
      this.#instance.failures,
    );
  }

  get clientId(): string {
    return this.#instance.clientId;
  }

  /** Makes the consumer ready. A broken network is no error here. */
  async start(): Promise<void> {
    this.#instance.start();
  }

  /** Every queue of a topic that can be read. Errors: NO_ROUTE, CONNECT_FAILED. */
  async queues(topic: string): Promise<readonly MessageQueue[]> {
    this.#instance.checkStarted('consumer');
    const queues = await this.#instance.routes.subscribeQueues(topic, this.#instance.request);
    await this.#instance.heartbeats.greetNew();
    return queues;
  }

  /** Sets the queues that `messages()` reads; those of a topic with one expression. */
  assign(
    queues: readonly MessageQueue[],
    expression: SubscriptionExpression = SUBSCRIBE_ALL,
  ): void {
    this.#assigned = [...queues];
    for (const { topic } of queues) this.#expressions.set(topic, subscription(topic, expression));
    const instance = this.#instance;
    if (instance.isStarted) instance.background(instance.heartbeats.sendAll());
  }

  assigned(): readonly MessageQueue[] {
    return this.#assigned;
  }

  /**
   * One pull from `offset` on. Errors: BROKER_REFUSED, NO_ROUTE, the transport's; a missing message
   * is none of them but a status.
   */
  async pull(
    queue: MessageQueue,
    offset: number,
    options: PullOptions = {},
  ): Promise<PulledMessages> {
    this.#instance.checkStarted('consumer');
    const max = MAX_PULL_BATCH_SIZE;
    const maxMessages = integerOption('maxMessages', options.maxMessages, 32, { max });
    const waitMs = integerOption('timeoutMs', options.timeoutMs, 0, { min: 0, max: 600_000 });
    integerOption('offset', offset, 0, { min: 0, max: Number.MAX_SAFE_INTEGER });
    await this.queues(queue.topic);
    const { requestTimeoutMs } = this.#instance.settings;
    const timeoutMs = waitMs === 0 ? requestTimeoutMs : waitMs + PULL_GRACE_MS;
    const { expression = SUBSCRIBE_ALL, signal } = options;
    if (signal !== undefined) this.#instance.environment.adoptSignal?.(signal);
    const result = await pull(
      this.#instance.brokers,
      {
        group: this.#group,
        queue,
        offset,
        maxMessages,
        subscription: subscription(queue.topic, expression),
        suspendTimeoutMs: waitMs,
        brokerId: 0,
        lite: true,
      },
      signal === undefined ? { timeoutMs } : { timeoutMs, signal },
    );
    const { inflate } = this.#instance.environment;
    const messages: ReceivedMessage[] = [];
    for (const record of result.records) {
      messages.push(new ReceivedMessage(await messageParts(queue, record, inflate)));
    }
    const { status, nextOffset, minOffset, maxOffset } = result;
    return { status, messages, nextOffset, minOffset, maxOffset };
  }

  /** Where `messages()` goes on in `queue`; takes effect at its next start. */
  seek(queue: MessageQueue, offset: number): void {
    integerOption('offset', offset, 0, { min: 0, max: Number.MAX_SAFE_INTEGER });
    this.#positions.set(messageQueueKey(queue), offset);
  }

  /** One past the last message that `messages()` gave out of `queue`, or the offset sought. */
  position(queue: MessageQueue): number | undefined {
    return this.#positions.get(messageQueueKey(queue));
  }

  /** The offset the group has committed; undefined when there is none. */
  async committed(queue: MessageQueue): Promise<number | undefined> {
    await this.queues(queue.topic);
    return this.#offsets.load(queue, this.#instance.request);
  }

  /** Commits `offset` for one queue. Errors: BROKER_REFUSED, the transport's. */
  async commit(queue: MessageQueue, offset: number): Promise<void> {
    await this.queues(queue.topic);
    const { queues, request } = this.#instance;
    await queues.commitOffset(this.#group, queue, offset, request);
  }

  /** Commits the positions of all assigned queues. Errors: as `commit`. */
  async commitAll(): Promise<void> {
    for (const queue of this.#assigned) {
      const offset = this.position(queue);
      if (offset !== undefined) await this.commit(queue, offset);
    }
  }

  async minOffset(queue: MessageQueue): Promise<number> {
    await this.queues(queue.topic);
    return this.#instance.queues.minOffset(queue, this.#instance.request);
  }

  /** The offset that the next message of the queue will get. */
  async maxOffset(queue: MessageQueue): Promise<number> {
    await this.queues(queue.topic);
    return this.#instance.queues.maxOffset(queue, this.#instance.request);
  }

  /** The first offset stored at `timestampMs` or later; the maximum when there is none. */
  async offsetForTime(queue: MessageQueue, timestampMs: number): Promise<number> {
    await this.queues(queue.topic);
    const { queues, request } = this.#instance;
    return queues.offsetForTime(queue, timestampMs, request);
  }

  /**
   * The messages of the assigned queues, as they come, each from its position. A message counts as
   * taken when the next one is asked for; `commitAll` makes that last. Ends without an error when
   * `signal` aborts or the consumer closes.
   */
  async *messages(
    options: { readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<ReceivedMessage, void, undefined> {
    this.#instance.checkStarted('consumer');
    if (this.#assigned.length === 0) {
      throw new ApogeeError('CONFIG_VALUE', 'no queue is assigned', {
        cure: 'call assign(await consumer.queues(topic)) first',
      });
    }
    if (options.signal !== undefined) this.#instance.environment.adoptSignal?.(options.signal);
    const delivery = new Delivery<MessageParts>();
    const assignments = this.#pullAssigned(delivery);
    const onClose = (): void => delivery.close();
    this.#instance.closed.addEventListener('abort', onClose, { once: true });
    try {
      for (const queue of this.#assigned) {
        assignments.assign(queue, this.position(queue) ?? (await this.#begin(queue)));
      }
      for (;;) {
        const entry = await delivery.take(options.signal);
        if (entry === undefined) return;
        yield new ReceivedMessage(entry.message);
        assignments.completed(entry);
        this.seek(entry.owner.queue, entry.offset + 1);
      }
    } finally {
      assignments.stopPulling();
      delivery.close();
      this.#instance.closed.removeEventListener('abort', onClose);
    }
  }

  #pullAssigned(delivery: Delivery<MessageParts>): QueueAssignments {
    return new QueueAssignments({
      instance: this.#instance,
      offsets: new BrokerOffsetStore(this.#group, this.#instance.queues, this.#instance.failures),
      delivery,
      settings: {
        group: this.#group,
        retryTopic: undefined,
        pullBatchSize: this.#pullBatchSize,
        suspendTimeoutMs: LITE_SUSPEND_TIMEOUT_MS,
        pullTimeoutMs: LITE_PULL_TIMEOUT_MS,
        limits: defaultFlowLimits,
        lite: true,
      },
      subscriptionOf: (topic) => this.#expressions.get(topic),
      commitWithPull: false,
    });
  }

  async #begin(queue: MessageQueue): Promise<number> {
    await this.queues(queue.topic);
    const { queues, request, environment } = this.#instance;
    const { consumeFromWhere = 'CONSUME_FROM_LAST_OFFSET', consumeTimestampMs } = this.#options;
    const settings = {
      consumeFromWhere,
      consumeTimestampMs: consumeTimestampMs ?? environment.clock.nowMs(),
    };
    return startOffset(queue, settings, this.#offsets, queues, request);
  }

  /** Leaves the group and closes connections and timers; commits nothing. Idempotent. */
  async close(): Promise<void> {
    await this.#instance.close(() => this.#instance.heartbeats.unregister());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #consumerData(): ConsumerData {
    return {
      groupName: this.#group,
      consumeType: 'CONSUME_ACTIVELY',
      messageModel: 'CLUSTERING',
      consumeFromWhere: this.#options.consumeFromWhere ?? 'CONSUME_FROM_LAST_OFFSET',
      subscriptionDataSet: [...this.#expressions.values()],
      unitMode: false,
    };
  }
}

function subscription(topic: string, expression: SubscriptionExpression): SubscriptionData {
  return typeof expression === 'string'
    ? newSubscriptionData(topic, expression)
    : newSubscriptionData(topic, expression.sql92, { expressionType: 'SQL92' });
}
