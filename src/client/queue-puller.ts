// SPDX-License-Identifier: Apache-2.0
/**
 * Pulls one queue for as long as it is assigned: long polls, flow control, patience with brokers
 * that are away. Source: DefaultMQPushConsumerImpl.pullMessage, spec remoting §4.7.
 */
import { sleep } from '../core/clock.ts';
import { ApogeeError, errorText } from '../core/errors.ts';
import { ResponseCode } from '../protocol/codes.ts';
import { messageQueueKey } from '../protocol/message-queue.ts';
import type { SubscriptionData } from '../protocol/subscription.ts';
import type { ClientInstance } from './client-instance.ts';
import { type MessageParts, messageParts } from './message.ts';
import { isTransportFailure } from './name-servers.ts';
import type { FlowLimits, ProcessQueue, QueueEntry } from './process-queue.ts';
import { type PullResult, pull } from './pull-calls.ts';

/** Wait before a queue that is over a limit is looked at again. */
export const FLOW_CONTROL_DELAY_MS = 50;
/** Wait after a broker answered that it is busy. */
export const BROKER_BUSY_DELAY_MS = 20;
/** Wait after any other failure. */
export const PULL_FAILURE_DELAY_MS = 1000;
/** Wait after a broker did not know the subscription and was told again. */
export const RESUBSCRIBE_DELAY_MS = 100;

export interface PullerSettings {
  readonly group: string;
  /** Messages of this topic are shown under the topic they were sent to. */
  readonly retryTopic: string | undefined;
  readonly pullBatchSize: number;
  readonly suspendTimeoutMs: number;
  readonly pullTimeoutMs: number;
  readonly limits: FlowLimits;
  readonly lite: boolean;
}

/** What a puller needs from the consumer it works for. */
export interface PullerHost {
  subscriptionOf(topic: string): SubscriptionData | undefined;
  /** Offset to commit along with a pull; undefined: none. */
  commitOffset(processQueue: ProcessQueue<MessageParts>): number | undefined;
  deliver(entry: QueueEntry<MessageParts>): void;
  /** The queue was read up to `ProcessQueue.commitOffset` without a message to deliver. */
  progressed(processQueue: ProcessQueue<MessageParts>): void;
  /** The broker cannot serve the offset: go on at `nextOffset`. This puller ends. */
  offsetMoved(processQueue: ProcessQueue<MessageParts>, nextOffset: number): Promise<void>;
}

export class QueuePuller {
  readonly #instance: ClientInstance;
  readonly #processQueue: ProcessQueue<MessageParts>;
  readonly #settings: PullerSettings;
  readonly #host: PullerHost;
  #nextOffset: number;
  #brokerId = 0;
  #failuresInRow = 0;

  constructor(
    instance: ClientInstance,
    processQueue: ProcessQueue<MessageParts>,
    startOffset: number,
    settings: PullerSettings,
    host: PullerHost,
  ) {
    this.#instance = instance;
    this.#processQueue = processQueue;
    this.#nextOffset = startOffset;
    this.#settings = settings;
    this.#host = host;
  }

  /** Ends when `signal` aborts or the offset moved; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !this.#processQueue.dropped) {
      try {
        const over = this.#processQueue.overLimit(this.#settings.limits);
        if (over !== undefined) await this.#pause(FLOW_CONTROL_DELAY_MS, signal);
        else if (!(await this.#pullOnce(signal))) return;
      } catch (error) {
        if (signal.aborted) return;
        await this.#recover(error, signal);
      }
    }
  }

  /** False: this puller has come to its end. */
  async #pullOnce(signal: AbortSignal): Promise<boolean> {
    const { queue } = this.#processQueue;
    const subscription = this.#host.subscriptionOf(queue.topic);
    if (subscription === undefined) return false;
    const { group, pullBatchSize, suspendTimeoutMs, pullTimeoutMs, lite } = this.#settings;
    const result = await pull(
      this.#instance.brokers,
      {
        group,
        queue,
        offset: this.#nextOffset,
        maxMessages: pullBatchSize,
        subscription,
        commitOffset: this.#host.commitOffset(this.#processQueue),
        suspendTimeoutMs,
        brokerId: this.#brokerId,
        lite,
      },
      { timeoutMs: pullTimeoutMs, signal },
    );
    if (signal.aborted) return false;
    this.#instance.failures.worked(messageQueueKey(queue), 'queue is pulled again', { ...queue });
    this.#failuresInRow = 0;
    this.#brokerId = result.suggestedBrokerId;
    if (result.status === 'OFFSET_ILLEGAL') {
      const { log } = this.#instance;
      log.warn('offset moved by the broker', {
        ...queue,
        from: this.#nextOffset,
        ...bounds(result),
      });
      await this.#host.offsetMoved(this.#processQueue, result.nextOffset);
      return false;
    }
    await this.#take(result, signal);
    return true;
  }

  async #take(result: PullResult, signal: AbortSignal): Promise<void> {
    const { queue } = this.#processQueue;
    const { inflate } = this.#instance.environment;
    for (const record of result.records) {
      const made = messageParts(queue, record, inflate, this.#settings.retryTopic);
      const parts = made instanceof Promise ? await made : made;
      if (signal.aborted) return;
      const entry = this.#processQueue.add(record.queueOffset, record.storeSize, parts);
      if (entry !== undefined) this.#host.deliver(entry);
    }
    this.#nextOffset = result.nextOffset;
    this.#processQueue.advanceTo(result.nextOffset);
    if (this.#processQueue.unackedCount === 0) this.#host.progressed(this.#processQueue);
  }

  async #recover(error: unknown, signal: AbortSignal): Promise<void> {
    const { queue } = this.#processQueue;
    const { log, failures, routes, heartbeats, request } = this.#instance;
    const code = error instanceof ApogeeError ? error.responseCode : undefined;
    if (code === ResponseCode.FLOW_CONTROL) return this.#pause(BROKER_BUSY_DELAY_MS, signal);
    this.#failuresInRow += 1;
    if (isTransportFailure(error)) {
      // The lost connection is told of by the heartbeats, once for all queues of the broker.
      log.debug('pull failed, it is tried again', { ...queue, reason: errorText(error) });
    } else {
      const key = messageQueueKey(queue);
      failures.failed(key, 'pull failed, it is tried again', { ...queue }, error);
    }
    const unknownHere =
      code === ResponseCode.SUBSCRIPTION_NOT_EXIST || code === ResponseCode.SUBSCRIPTION_NOT_LATEST;
    if (unknownHere && this.#failuresInRow <= 10) {
      const address = routes.readAddress(queue.brokerName, this.#brokerId);
      if (address !== undefined) await heartbeats.send({ brokerName: queue.brokerName, address });
      return this.#pause(RESUBSCRIBE_DELAY_MS, signal);
    }
    this.#brokerId = 0;
    await this.#pause(PULL_FAILURE_DELAY_MS, signal);
    if (code === undefined && !signal.aborted) await routes.reload(queue.topic, request);
  }

  async #pause(delayMs: number, signal: AbortSignal): Promise<void> {
    try {
      await sleep(this.#instance.environment.clock, delayMs, signal);
    } catch {
      // The loop sees that the signal aborted.
    }
  }
}

function bounds(result: PullResult): { to: number; minOffset: number; maxOffset: number } {
  return { to: result.nextOffset, minOffset: result.minOffset, maxOffset: result.maxOffset };
}
