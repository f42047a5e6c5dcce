// SPDX-License-Identifier: Apache-2.0
/**
 * `apogeemq/client` in browsers: producers and consumers over WebSocket. `namesrvAddr` is
 * `ws://host:10920`. Nothing here, or in what it imports, needs Node.
 */
import { parseNameServerAddresses } from '../client/addresses.ts';
import type { PushConsumerOptions as PushOptions } from '../client/consumer-options.ts';
import type { ClientEnvironment, ClientOptions } from '../client/environment.ts';
import { inflateZlib } from '../client/inflate.ts';
import {
  Producer as BaseProducer,
  type ProducerOptions as ProduceOptions,
} from '../client/producer.ts';
import {
  PullConsumer as BasePullConsumer,
  type PullConsumerOptions as PullOptions,
} from '../client/pull-consumer.ts';
import { PushConsumer as BasePushConsumer } from '../client/push-consumer.ts';
import { SystemClock } from '../core/clock.ts';
import { ApogeeError } from '../core/errors.ts';
import { systemRandom } from '../core/random.ts';
import { PooledRemotingClient } from '../transport/remoting-client.ts';
import { WebSocketConnector, type WebSocketConstructor } from '../transport/websocket-connector.ts';
import { consoleLog, type SurroundingsOptions } from './options.ts';

export type {
  ConsumeContext,
  ConsumeResult,
  MessageListener,
} from '../client/consumer-options.ts';
export type { Message, SendResult, SendStatus } from '../client/message.ts';
export { ReceivedMessage } from '../client/message.ts';
export { LeasedMessage } from '../client/message-stream.ts';
export { MemoryOffsetStorage, type OffsetStorage } from '../client/offset-file.ts';
export type { QueueSelector, SendOptions } from '../client/producer.ts';
export type { PulledMessages } from '../client/pull-consumer.ts';
export type { SubscriptionExpression } from '../client/subscriptions.ts';
export type { Clock } from '../core/clock.ts';
export { ApogeeError, type ErrorCode } from '../core/errors.ts';
export { type Log, silentLog } from '../core/log.ts';
export type { MessageQueue } from '../protocol/message-queue.ts';

export interface BrowserOptions extends SurroundingsOptions {
  /** Default: the browser's own. */
  readonly webSocket?: WebSocketConstructor;
}

export type ProducerOptions = ProduceOptions & BrowserOptions;
export type PushConsumerOptions = PushOptions & BrowserOptions;
export type PullConsumerOptions = PullOptions & BrowserOptions;

/** Sends messages. */
export class Producer extends BaseProducer {
  constructor(options: ProducerOptions) {
    super(options, browserEnvironment(options));
  }
}

/** Consumes topics as a member of a group. Offsets of BROADCASTING last as long as the page. */
export class PushConsumer extends BasePushConsumer {
  constructor(options: PushConsumerOptions) {
    super(options, browserEnvironment(options));
  }
}

/** Reads queues at offsets that the application chooses. */
export class PullConsumer extends BasePullConsumer {
  constructor(options: PullConsumerOptions) {
    super(options, browserEnvironment(options));
  }
}

function browserEnvironment(options: ClientOptions & BrowserOptions): ClientEnvironment {
  const { log = consoleLog(), clock = new SystemClock(), random = systemRandom } = options;
  const { transport } = parseNameServerAddresses(options.namesrvAddr);
  if (transport !== 'websocket') {
    throw new ApogeeError('CONFIG_VALUE', `browsers cannot open TCP to ${options.namesrvAddr}`, {
      cure: 'give namesrvAddr as ws://host:10920, the WebSocket port of the broker',
    });
  }
  const webSocket = options.webSocket ?? (globalThis.WebSocket as WebSocketConstructor);
  const connector = new WebSocketConnector({ webSocket, clock, log });
  return {
    remoting: new PooledRemotingClient({ connector, clock, log }),
    clock,
    random,
    log,
    // A page knows neither its address nor a process: both only make ids unique.
    ip: `127.${random.nextInt(256)}.${random.nextInt(256)}.${random.nextInt(256)}`,
    processId: random.nextInt(65_536),
    inflate: inflateZlib,
  };
}
