// SPDX-License-Identifier: Apache-2.0
/** Sends messages. Source: DefaultMQProducer, spec remoting §4.4. */
import { ApogeeError } from '../core/errors.ts';
import { UniqueKeyGenerator } from '../protocol/message-id.ts';
import type { MessageQueue } from '../protocol/message-queue.ts';
import { SystemGroup } from '../protocol/names.ts';
import { javaHashCode } from '../protocol/subscription.ts';
import { ClientInstance } from './client-instance.ts';
import {
  type ClientEnvironment,
  type ClientOptions,
  checkGroup,
  integerOption,
} from './environment.ts';
import type { Message, SendResult } from './message.ts';
import { MessageSender, type SendPlan } from './message-sender.ts';
import { MAX_MESSAGE_BYTES, prepareBatch, prepareMessage } from './outgoing.ts';

export interface ProducerOptions extends ClientOptions {
  readonly group: string;
  /** Longest time a send may take, all attempts together. Default 3000. */
  readonly sendMsgTimeoutMs?: number;
  /** Attempts after the first one. Default 2. */
  readonly retryTimesWhenSendFailed?: number;
  /** Longest body, 4 MiB at most, which is also the default. */
  readonly maxMessageSizeBytes?: number;
}

/** Chooses the queue of a message among all that can be written to, in a fixed order. */
export type QueueSelector = (queues: readonly MessageQueue[], message: Message) => MessageQueue;

export interface SendOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  /**
   * Messages with one key go to one queue. They keep their order when each send is awaited before
   * the next: brokers may store what is on its way together in any order.
   */
  readonly shardingKey?: string;
  readonly queueSelector?: QueueSelector;
}

export class Producer {
  readonly #instance: ClientInstance;
  readonly #sender: MessageSender;
  readonly #uniqueKeys: UniqueKeyGenerator;
  readonly #sendMsgTimeoutMs: number;
  readonly #maxMessageBytes: number;

  constructor(options: ProducerOptions, environment: ClientEnvironment) {
    const group = checkGroup(options.group);
    if (group === SystemGroup.DEFAULT_PRODUCER) {
      throw new ApogeeError('CONFIG_VALUE', `the option group cannot be ${group}`, {
        cure: 'name the group after the application that sends',
      });
    }
    this.#sendMsgTimeoutMs = integerOption('sendMsgTimeoutMs', options.sendMsgTimeoutMs, 3000);
    this.#maxMessageBytes = integerOption(
      'maxMessageSizeBytes',
      options.maxMessageSizeBytes,
      MAX_MESSAGE_BYTES,
      { max: MAX_MESSAGE_BYTES },
    );
    const retries = integerOption('retryTimesWhenSendFailed', options.retryTimesWhenSendFailed, 2, {
      min: 0,
      max: 64,
    });
    this.#instance = new ClientInstance(environment, options, { producerGroup: group });
    this.#sender = new MessageSender(this.#instance, { group, retryTimesWhenSendFailed: retries });
    const { ip, processId, clock, random } = environment;
    const hash = (random.nextInt(65_536) << 16) | random.nextInt(65_536);
    this.#uniqueKeys = new UniqueKeyGenerator({ ip, pid: processId, hash, clock });
  }

  get clientId(): string {
    return this.#instance.clientId;
  }

  /** Makes the producer ready. Brokers are met on the first send; a broken network is no error. */
  async start(): Promise<void> {
    this.#instance.start();
  }

  /**
   * Resolves when a broker stored the message.
   * Errors: MESSAGE_INVALID, NO_ROUTE, BROKER_REFUSED, CONNECT_FAILED, REQUEST_TIMEOUT,
   * CONNECTION_CLOSED, CLIENT_CLOSED; the signal's reason when it aborts, in which case the message
   * may be stored all the same.
   */
  async send(message: Message, options: SendOptions = {}): Promise<SendResult> {
    this.#instance.checkStarted('producer');
    const outgoing = this.#prepare(message, options);
    options.signal?.throwIfAborted();
    const result = await this.#sender.send(outgoing, this.#plan(options, message));
    this.#greet();
    return result;
  }

  /** Resolves when the message was handed to the connection; nobody says whether it was stored. */
  async sendOneway(message: Message, options: SendOptions = {}): Promise<void> {
    this.#instance.checkStarted('producer');
    const outgoing = this.#prepare(message, options);
    options.signal?.throwIfAborted();
    await this.#sender.sendOneway(outgoing, this.#plan(options, message));
  }

  /**
   * Sends messages of one topic as one request into one queue: all are stored, or none.
   * Errors: as `send`; MESSAGE_INVALID when together they exceed the limit of one message.
   */
  async sendBatch(messages: readonly Message[], options: SendOptions = {}): Promise<SendResult> {
    this.#instance.checkStarted('producer');
    const nextKey = (): string => this.#uniqueKeys.next();
    const batch = prepareBatch(messages, this.#maxMessageBytes, nextKey);
    options.signal?.throwIfAborted();
    const [first] = messages;
    const result = await this.#sender.sendBatch(batch, this.#plan(options, first));
    this.#greet();
    return result;
  }

  /** The queues that messages of a topic can be written to. Errors: NO_ROUTE. */
  async publishQueues(topic: string): Promise<readonly MessageQueue[]> {
    this.#instance.checkStarted('producer');
    return this.#instance.routes.publishQueues(topic, this.#instance.request);
  }

  /** Leaves the group and closes connections and timers. Idempotent. */
  async close(): Promise<void> {
    await this.#instance.close(() => this.#instance.heartbeats.unregister());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #prepare(message: Message, options: SendOptions) {
    const nextKey = (): string => this.#uniqueKeys.next();
    return prepareMessage(message, this.#maxMessageBytes, nextKey, options.shardingKey);
  }

  #plan(options: SendOptions, message: Message | undefined): SendPlan {
    const { queueSelector, shardingKey, signal } = options;
    const timeoutMs = integerOption('timeoutMs', options.timeoutMs, this.#sendMsgTimeoutMs);
    if (signal !== undefined) this.#instance.environment.adoptSignal?.(signal);
    let choose: SendPlan['choose'];
    if (queueSelector !== undefined && message !== undefined) {
      choose = (queues) => checkChoice(queueSelector(queues, message), queues);
    } else if (shardingKey !== undefined) {
      choose = (queues) => queueByHash(shardingKey, queues);
    }
    return { timeoutMs, signal, choose };
  }

  /** Brokers know the producer from its heartbeats; the first one follows the first send. */
  #greet(): void {
    this.#instance.background(this.#instance.heartbeats.greetNew());
  }
}

function checkChoice(choice: MessageQueue, queues: readonly MessageQueue[]): MessageQueue {
  const known = queues.find(
    (queue) => queue.brokerName === choice?.brokerName && queue.queueId === choice.queueId,
  );
  if (known !== undefined) return known;
  throw new ApogeeError('MESSAGE_INVALID', 'the queue selector returned a queue not in its list', {
    cure: 'return one of the queues that the selector is given',
  });
}

/** Source: SelectMessageQueueByHash. */
function queueByHash(shardingKey: string, queues: readonly MessageQueue[]): MessageQueue {
  const queue = queues[Math.abs(javaHashCode(shardingKey)) % queues.length];
  if (queue === undefined) throw new ApogeeError('NO_ROUTE', 'the route has no queue to write to');
  return queue;
}
