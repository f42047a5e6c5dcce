// SPDX-License-Identifier: Apache-2.0
/** A whole broker over a store, files, network and clock in memory, and a client to ask it. */

import { type BrokerConfig, defaultBrokerConfig } from '../../src/broker/broker-config.ts';
import { BrokerController } from '../../src/broker/broker-controller.ts';
import type { ColdPullServer } from '../../src/broker/cold-read-queue.ts';
import { seededRandom } from '../../src/core/random.ts';
import { heartBeat } from '../../src/protocol/commands/heart-beat.ts';
import { sendMessage } from '../../src/protocol/commands/send-message.ts';
import type { MessageModel } from '../../src/protocol/consumer-enums.ts';
import type { HeaderInput } from '../../src/protocol/header-fields.ts';
import { encodeHeartbeatData } from '../../src/protocol/heartbeat-data.ts';
import { formatProperties } from '../../src/protocol/message-properties.ts';
import type { ProcessorTable } from '../../src/protocol/processor.ts';
import {
  createRequest,
  type ExtFields,
  type RemotingCommand,
} from '../../src/protocol/remoting-command.ts';
import { newSubscriptionData } from '../../src/protocol/subscription.ts';
import type { MessageStore } from '../../src/store/message-store.ts';
import {
  MemoryConnector,
  MemoryListener,
  MemoryNetwork,
} from '../../src/transport/memory-transport.ts';
import { PooledRemotingClient } from '../../src/transport/remoting-client.ts';
import { CollectingLog } from './collecting-log.ts';
import { MemoryFiles } from './memory-files.ts';
import { MemoryMessageStore } from './memory-message-store.ts';
import { VirtualClock } from './virtual-clock.ts';

export const BROKER_HOST = '10.0.0.1';
export const BROKER_ADDRESS = `${BROKER_HOST}:10911`;

export interface TestBrokerOptions {
  readonly config?: Partial<BrokerConfig>;
  readonly store?: MessageStore;
  readonly clock?: VirtualClock;
  readonly files?: MemoryFiles;
  readonly network?: MemoryNetwork;
  readonly serveColdPull?: ColdPullServer;
  readonly extraProcessors?: ProcessorTable;
}

export interface SubscriptionWish {
  readonly topic: string;
  readonly expression?: string;
  readonly expressionType?: string;
  readonly version?: bigint;
}

export interface ConsumerWish {
  readonly group: string;
  readonly clientId?: string;
  readonly model?: MessageModel;
  readonly subscriptions?: readonly SubscriptionWish[];
  readonly fingerprint?: number;
  readonly withoutSub?: boolean;
}

/** One client of the broker, with a connection of its own. */
export class TestClient {
  readonly remoting: PooledRemotingClient;
  readonly #clock: VirtualClock;

  constructor(network: MemoryNetwork, clock: VirtualClock, host: string) {
    this.#clock = clock;
    this.remoting = new PooledRemotingClient({
      connector: new MemoryConnector(network, host),
      clock,
    });
  }

  /** Sends a request and lets time pass until its answer, at most `waitMs`. */
  async call(
    code: number,
    extFields?: ExtFields,
    body?: Uint8Array,
    options: { readonly version?: number; readonly waitMs?: number } = {},
  ): Promise<RemotingCommand> {
    const request = createRequest(code, extFields, body);
    if (options.version !== undefined) request.version = options.version;
    const { waitMs = 50 } = options;
    const answer = this.remoting.invoke(BROKER_ADDRESS, request, { timeoutMs: waitMs + 60_000 });
    await this.#clock.advance(waitMs);
    return await answer;
  }

  async send(
    header: Partial<HeaderInput<typeof sendMessage.request.shape>> & { topic: string },
    options: {
      readonly properties?: Readonly<Record<string, string>>;
      readonly body?: string;
      readonly version?: number;
    } = {},
  ): Promise<RemotingCommand> {
    const fields = sendMessage.request.encode({
      producerGroup: 'PG',
      defaultTopic: 'TBW102',
      defaultTopicQueueNums: 4,
      queueId: 0,
      sysFlag: 0,
      bornTimestamp: 1,
      flag: 0,
      properties: formatProperties(Object.entries(options.properties ?? { UNIQ_KEY: 'U1' })),
      ...header,
    });
    const body = new TextEncoder().encode(options.body ?? 'hello');
    const { version } = options;
    return await this.call(
      sendMessage.code,
      fields,
      body,
      version === undefined ? {} : { version },
    );
  }

  async heartbeat(...consumers: readonly ConsumerWish[]): Promise<RemotingCommand> {
    const body = encodeHeartbeatData({
      clientID: consumers[0]?.clientId ?? 'client-1',
      producerGroups: consumers.length === 0 ? ['PG'] : [],
      consumerDataSet: consumers.map((wish) => ({
        groupName: wish.group,
        consumeType: 'CONSUME_PASSIVELY',
        messageModel: wish.model ?? 'CLUSTERING',
        consumeFromWhere: 'CONSUME_FROM_LAST_OFFSET',
        unitMode: false,
        subscriptionDataSet: (wish.subscriptions ?? []).map((subscription) =>
          newSubscriptionData(subscription.topic, subscription.expression ?? '*', {
            subVersion: subscription.version ?? 1n,
            expressionType: subscription.expressionType,
          }),
        ),
      })),
      heartbeatFingerprint: consumers[0]?.fingerprint ?? 0,
      withoutSub: consumers[0]?.withoutSub ?? false,
    });
    return await this.call(heartBeat.code, undefined, body);
  }
}

export class TestBroker {
  readonly clock: VirtualClock;
  readonly log = new CollectingLog();
  readonly files: MemoryFiles;
  readonly store: MessageStore;
  readonly network: MemoryNetwork;
  readonly controller: BrokerController;
  readonly client: TestClient;
  #clients = 0;

  constructor(options: TestBrokerOptions = {}) {
    this.clock = options.clock ?? new VirtualClock();
    this.files = options.files ?? new MemoryFiles();
    this.store = options.store ?? new MemoryMessageStore();
    this.network = options.network ?? new MemoryNetwork({ clock: this.clock });
    const { serveColdPull, extraProcessors } = options;
    const connector = new MemoryConnector(this.network, BROKER_HOST);
    this.controller = new BrokerController({
      config: { ...defaultBrokerConfig, brokerName: 'broker-a', ...options.config },
      store: this.store,
      clock: this.clock,
      log: this.log,
      random: seededRandom(7),
      files: this.files,
      remotingClient: new PooledRemotingClient({ connector, clock: this.clock }),
      listeners: { main: new MemoryListener(this.network, { host: BROKER_HOST, port: 10911 }) },
      localAddresses: [{ address: BROKER_HOST, family: 'IPv4', internal: false }],
      processId: 4711,
      ...(serveColdPull === undefined ? {} : { serveColdPull }),
      ...(extraProcessors === undefined ? {} : { extraProcessors }),
    });
    this.client = this.newClient();
  }

  /** The store double. Only where no other store was given. */
  get memory(): MemoryMessageStore {
    if (!(this.store instanceof MemoryMessageStore)) throw new Error('not the double');
    return this.store;
  }

  newClient(): TestClient {
    this.#clients += 1;
    return new TestClient(this.network, this.clock, `10.0.1.${this.#clients}`);
  }

  async start(): Promise<this> {
    const started = this.controller.start();
    await this.clock.advance(10);
    await started;
    return this;
  }

  async close(): Promise<void> {
    const closed = this.controller.close();
    await this.clock.advance(10);
    await closed;
  }
}

export async function startTestBroker(options: TestBrokerOptions = {}): Promise<TestBroker> {
  return await new TestBroker(options).start();
}
