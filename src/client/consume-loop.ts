// SPDX-License-Identifier: Apache-2.0
/**
 * Hands messages to whoever consumes them and sees to what comes of it: success moves the offset,
 * failure brings the message back later. Source: ConsumeMessageConcurrentlyService, §4.7.
 */
import { errorText } from '../core/errors.ts';
import { MessageProperty } from '../protocol/message-properties.ts';
import type { ClientInstance } from './client-instance.ts';
import type { ConsumeContext, PushConsumerSettings } from './consumer-options.ts';
import type { Delivery } from './delivery.ts';
import { type MessageParts, ReceivedMessage } from './message.ts';
import type { QueueEntry } from './process-queue.ts';
import type { QueueAssignments } from './queue-assignments.ts';
import { DELAY_BY_BROKER, type Redelivery } from './redelivery.ts';

/** Wait before a message that no broker took back is delivered again here. */
export const LOCAL_REDELIVERY_DELAY_MS = 5000;
/** Delay level of messages that were in work for too long. */
const TIMED_OUT_DELAY_LEVEL = 3;
/** The search for messages in work for too long runs this often within the time allowed. */
const TIMEOUT_CHECKS = 15;

type Entry = QueueEntry<MessageParts>;

export interface ConsumeLoopParts {
  readonly instance: ClientInstance;
  readonly settings: PushConsumerSettings;
  readonly delivery: Delivery<MessageParts>;
  readonly assignments: QueueAssignments;
  readonly redelivery: Redelivery;
}

export class ConsumeLoop {
  readonly #parts: ConsumeLoopParts;

  constructor(parts: ConsumeLoopParts) {
    this.#parts = parts;
  }

  /** Starts the calls of the listener, if there is one, and the watch over slow ones. */
  start(): void {
    const { instance, settings } = this.#parts;
    const { consumeTimeoutMs, consumeConcurrency, listener } = settings;
    const periodMs = Math.max(1, Math.floor(consumeTimeoutMs / TIMEOUT_CHECKS));
    instance.every(periodMs, () => this.#sendBackTimedOut());
    if (listener === undefined) return;
    for (let worker = 0; worker < consumeConcurrency; worker += 1) {
      instance.background(this.#work());
    }
  }

  async #work(): Promise<void> {
    for (;;) {
      const entry = await this.take();
      if (entry === undefined) return;
      await this.#consume(entry);
    }
  }

  /** The next message that can be consumed, marked as in work; undefined at the end. */
  async take(signal?: AbortSignal): Promise<Entry | undefined> {
    const { delivery, instance } = this.#parts;
    for (;;) {
      const entry = await delivery.take(signal);
      if (entry === undefined) return undefined;
      entry.startedAtMs = instance.environment.clock.nowMs();
      if (entry.message.encoding === 'identity') return entry;
      const { topic, encoding } = entry.message;
      instance.log.error('message body cannot be decompressed', {
        topic,
        encoding,
        queueOffset: entry.offset,
      });
      await this.failed(entry, DELAY_BY_BROKER);
    }
  }

  async #consume(entry: Entry): Promise<void> {
    const { instance, settings } = this.#parts;
    const { listener } = settings;
    if (listener === undefined) return;
    const context: ConsumeContext = {
      queue: entry.owner.queue,
      signal: instance.closed,
      delayLevelWhenNextConsume: DELAY_BY_BROKER,
    };
    try {
      const result = await listener(this.received(entry), context);
      if (result === 'RECONSUME_LATER') await this.failed(entry, context.delayLevelWhenNextConsume);
      else this.succeeded(entry);
    } catch (error) {
      instance.log.warn('listener failed, the message comes again', {
        topic: entry.message.topic,
        queueOffset: entry.offset,
        reason: errorText(error),
      });
      await this.failed(entry, context.delayLevelWhenNextConsume);
    }
  }

  received(entry: Entry): ReceivedMessage {
    return new ReceivedMessage(consuming(entry.message, entry.startedAtMs ?? 0));
  }

  succeeded(entry: Entry): void {
    this.#parts.assignments.completed(entry);
  }

  /** Never rejects. */
  async failed(entry: Entry, delayLevel: number): Promise<void> {
    if (entry.done || entry.owner.dropped) return;
    const { settings, assignments, redelivery, instance } = this.#parts;
    if (settings.broadcasting) {
      const { topic } = entry.message;
      instance.log.warn('message dropped, broadcasting has no retries', {
        topic,
        queueOffset: entry.offset,
      });
      assignments.completed(entry);
    } else if (await redelivery.sendBack(entry.message, delayLevel)) {
      assignments.completed(entry);
    } else {
      this.#deliverLater(entry);
    }
  }

  #deliverLater(entry: Entry): void {
    const { instance, delivery } = this.#parts;
    instance.background(
      instance.pause(LOCAL_REDELIVERY_DELAY_MS).then(() => {
        const { record } = entry.message;
        const reconsumeTimes = record.reconsumeTimes + 1;
        entry.message = { ...entry.message, record: { ...record, reconsumeTimes } };
        entry.startedAtMs = undefined;
        delivery.push(entry);
      }),
    );
  }

  /** Only the oldest message of a queue holds its offset back. */
  async #sendBackTimedOut(): Promise<void> {
    const { assignments, instance, settings, redelivery } = this.#parts;
    if (settings.broadcasting) return;
    const limitMs = instance.environment.clock.nowMs() - settings.consumeTimeoutMs;
    for (const processQueue of assignments.processQueues()) {
      const { oldest } = processQueue;
      if (oldest?.startedAtMs === undefined || oldest.startedAtMs > limitMs) continue;
      instance.log.warn('message in work for too long, it comes again', {
        ...processQueue.queue,
        queueOffset: oldest.offset,
        consumeTimeoutMs: settings.consumeTimeoutMs,
      });
      if (await redelivery.sendBack(oldest.message, TIMED_OUT_DELAY_LEVEL)) {
        assignments.completed(oldest);
      }
    }
  }
}

function consuming(parts: MessageParts, startedAtMs: number): MessageParts {
  const properties = new Map(parts.properties);
  properties.set(MessageProperty.CONSUME_START_TIME, String(startedAtMs));
  return { ...parts, properties };
}
