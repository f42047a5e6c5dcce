// SPDX-License-Identifier: Apache-2.0
/** Settings of a push consumer, checked. Defaults are Apache's, spec remoting §4.7. */
import { ApogeeError } from '../core/errors.ts';
import type { MessageQueue } from '../protocol/message-queue.ts';
import { type ClientOptions, checkGroup, integerOption } from './environment.ts';
import type { ReceivedMessage } from './message.ts';
import type { OffsetStorage } from './offset-file.ts';
import { defaultFlowLimits, type FlowLimits } from './process-queue.ts';
import { DEFAULT_MAX_RECONSUME_TIMES } from './redelivery.ts';
import type { StartingPoint } from './start-offset.ts';
import type { SubscriptionExpression } from './subscriptions.ts';

export type ConsumeResult = 'CONSUME_SUCCESS' | 'RECONSUME_LATER';

export interface ConsumeContext {
  readonly queue: MessageQueue;
  /** Aborts when the consumer closes. */
  readonly signal: AbortSignal;
  /**
   * Used when the message is to come again: 0 lets the broker choose (10 s, 30 s, 1 m …), 1 to 18
   * is a delay level, -1 the dead-letter topic.
   */
  delayLevelWhenNextConsume: number;
}

// biome-ignore lint/suspicious/noConfusingVoidType: a listener may just return.
type ListenerResult = ConsumeResult | undefined | void;

/** Success unless it throws or gives RECONSUME_LATER. */
export type MessageListener = (
  message: ReceivedMessage,
  context: ConsumeContext,
) => Promise<ListenerResult> | ListenerResult;

export interface PushConsumerOptions extends ClientOptions {
  readonly group: string;
  /** Topic → expression: `TagA || TagB`, `*`, or `{ sql92: 'a > 3' }`. */
  readonly subscriptions: Readonly<Record<string, SubscriptionExpression>>;
  /** Without it messages are taken from `messages()`. */
  readonly listener?: MessageListener;
  /** CLUSTERING (default): members share the messages. BROADCASTING: each gets all. */
  readonly messageModel?: 'CLUSTERING' | 'BROADCASTING';
  readonly consumeFromWhere?: StartingPoint;
  /** For CONSUME_FROM_TIMESTAMP. Default: half an hour before now. */
  readonly consumeTimestampMs?: number;
  /** Calls of the listener at a time. Default 20. */
  readonly consumeConcurrency?: number;
  /** Messages of one pull. Default 32. */
  readonly pullBatchSize?: number;
  /** Failed deliveries before the dead-letter topic. Default 16. */
  readonly maxReconsumeTimes?: number;
  /** A message in work for longer is sent back. Default 15 minutes. */
  readonly consumeTimeoutMs?: number;
  /** How long `close` waits for listeners. Default 10000. */
  readonly closeTimeoutMs?: number;
  /** Period of the offset commits. Default 5000. */
  readonly persistConsumerOffsetIntervalMs?: number;
  /** Per queue: above one of these nothing is pulled. */
  readonly flowLimits?: Partial<FlowLimits>;
  /** Where offsets of BROADCASTING are kept. */
  readonly offsetStorage?: OffsetStorage;
}

export interface PushConsumerSettings {
  readonly group: string;
  readonly listener: MessageListener | undefined;
  readonly broadcasting: boolean;
  readonly consumeFromWhere: StartingPoint;
  readonly consumeTimestampMs: number;
  readonly consumeConcurrency: number;
  readonly pullBatchSize: number;
  readonly maxReconsumeTimes: number;
  readonly consumeTimeoutMs: number;
  readonly closeTimeoutMs: number;
  readonly persistIntervalMs: number;
  readonly flowLimits: FlowLimits;
}

const HALF_AN_HOUR_MS = 1_800_000;
/** Upper bound of what brokers give in one answer. */
export const MAX_PULL_BATCH_SIZE = 1024;
export const MAX_CONSUME_CONCURRENCY = 10_000;

/** Errors: CONFIG_VALUE naming the option. */
export function pushConsumerSettings(
  options: PushConsumerOptions,
  nowMs: number,
): PushConsumerSettings {
  const { messageModel = 'CLUSTERING', consumeFromWhere = 'CONSUME_FROM_LAST_OFFSET' } = options;
  oneOf('messageModel', messageModel, ['CLUSTERING', 'BROADCASTING']);
  oneOf('consumeFromWhere', consumeFromWhere, [
    'CONSUME_FROM_LAST_OFFSET',
    'CONSUME_FROM_FIRST_OFFSET',
    'CONSUME_FROM_TIMESTAMP',
  ]);
  const integer = <K extends keyof PushConsumerOptions>(
    name: K,
    defaultValue: number,
    range = {},
  ): number => integerOption(name, options[name] as number | undefined, defaultValue, range);
  return {
    group: checkGroup(options.group),
    listener: options.listener,
    broadcasting: messageModel === 'BROADCASTING',
    consumeFromWhere,
    consumeTimestampMs: options.consumeTimestampMs ?? nowMs - HALF_AN_HOUR_MS,
    consumeConcurrency: integer('consumeConcurrency', 20, { max: MAX_CONSUME_CONCURRENCY }),
    pullBatchSize: integer('pullBatchSize', 32, { max: MAX_PULL_BATCH_SIZE }),
    maxReconsumeTimes: integer('maxReconsumeTimes', DEFAULT_MAX_RECONSUME_TIMES, { min: 0 }),
    consumeTimeoutMs: integer('consumeTimeoutMs', 900_000),
    closeTimeoutMs: integer('closeTimeoutMs', 10_000, { min: 0 }),
    persistIntervalMs: integer('persistConsumerOffsetIntervalMs', 5000),
    flowLimits: { ...defaultFlowLimits, ...options.flowLimits },
  };
}

export function oneOf(name: string, value: string, allowed: readonly string[]): void {
  if (allowed.includes(value)) return;
  throw new ApogeeError(
    'CONFIG_VALUE',
    `the option ${name} is ${value}; ${allowed.join(' or ')} is allowed`,
  );
}
