// SPDX-License-Identifier: Apache-2.0
/**
 * `apogeemq/client` in Node: producers and consumers over TCP, or over WebSocket when `namesrvAddr`
 * begins with `ws://`.
 */
import { setMaxListeners } from 'node:events';
import { networkInterfaces } from 'node:os';
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
import { type Clock, SystemClock } from '../core/clock.ts';
import type { Log } from '../core/log.ts';
import { systemRandom } from '../core/random.ts';
import type { ByteConnection, ConnectionHandler, Connector } from '../protocol/transport.ts';
import { PooledRemotingClient } from '../transport/remoting-client.ts';
import { TcpConnector } from '../transport/tcp-connector.ts';
import { WebSocketConnector } from '../transport/websocket-connector.ts';
import { nodeWebSocket } from '../transport/websocket-node.ts';
import { FileOffsetStorage } from './file-offset-storage.ts';
import { consoleLog, type SurroundingsOptions } from './options.ts';

export type { NameServerAddresses } from '../client/addresses.ts';
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
export { FileOffsetStorage } from './file-offset-storage.ts';

export type ProducerOptions = ProduceOptions & SurroundingsOptions;
export type PushConsumerOptions = PushOptions & SurroundingsOptions;
export type PullConsumerOptions = PullOptions & SurroundingsOptions;

/** Sends messages. */
export class Producer extends BaseProducer {
  constructor(options: ProducerOptions) {
    super(options, nodeEnvironment(options));
  }
}

/** Consumes topics as a member of a group. Offsets of BROADCASTING are kept in files. */
export class PushConsumer extends BasePushConsumer {
  constructor(options: PushConsumerOptions) {
    super({ offsetStorage: new FileOffsetStorage(), ...options }, nodeEnvironment(options));
  }
}

/** Reads queues at offsets that the application chooses. */
export class PullConsumer extends BasePullConsumer {
  constructor(options: PullConsumerOptions) {
    super(options, nodeEnvironment(options));
  }
}

function nodeEnvironment(options: ClientOptions & SurroundingsOptions): ClientEnvironment {
  const { log = consoleLog(), clock = new SystemClock(), random = systemRandom } = options;
  const { transport } = parseNameServerAddresses(options.namesrvAddr);
  const connector =
    transport === 'tcp' ? new TcpConnector({ clock, log }) : new LazyWebSocket(clock, log);
  return {
    remoting: new PooledRemotingClient({ connector, clock, log }),
    clock,
    random,
    log,
    ip: localIp(),
    processId: process.pid,
    inflate: inflateZlib,
    adoptSignal: (signal) => setMaxListeners(0, signal),
  };
}

/** The first IPv4 address that other machines can see; it only makes ids readable. */
function localIp(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const outward = all.find((address) => address.family === 'IPv4' && !address.internal);
  return outward?.address ?? '127.0.0.1';
}

/** Loads the package for WebSockets when the first connection is dialled. */
class LazyWebSocket implements Connector {
  readonly kind = 'websocket';
  readonly #clock: Clock;
  readonly #log: Log;
  #connector: Promise<WebSocketConnector> | undefined;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  async connect(
    address: string,
    handler: ConnectionHandler,
    options: { readonly timeoutMs: number },
  ): Promise<ByteConnection> {
    this.#connector ??= this.#load();
    return (await this.#connector).connect(address, handler, options);
  }

  async #load(): Promise<WebSocketConnector> {
    const webSocket = await nodeWebSocket();
    return new WebSocketConnector({ webSocket, clock: this.#clock, log: this.#log });
  }
}
