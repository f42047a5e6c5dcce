// SPDX-License-Identifier: Apache-2.0
/**
 * One broker: wires its tables, processors, data path and registration, and starts and stops them
 * in order. Composition roots build it and own what they inject: the store, the remoting client
 * and the read pool are closed by them, after `close`. Source: BrokerController.
 */
import path from 'node:path';
import { type Clock, sleep, type Timer } from '../core/clock.ts';
import { errorText } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { Random } from '../core/random.ts';
import { ResponseCode } from '../protocol/codes.ts';
import { decodeFrame } from '../protocol/frame.ts';
import { formatHostPort } from '../protocol/ip-address.ts';
import { UniqueKeyGenerator } from '../protocol/message-id.ts';
import type { ProcessorTable } from '../protocol/processor.ts';
import { createResponse } from '../protocol/remoting-command.ts';
import type { Listener, RemotingClient, SocketAddress } from '../protocol/transport.ts';
import type { MessageStore } from '../store/message-store.ts';
import type { RemotingPeer } from '../transport/remoting-peer.ts';
import { RequestDispatcher } from '../transport/request-dispatcher.ts';
import {
  type BrokerConfig,
  brokerHost,
  type LocalAddress,
  nameServerAddresses,
} from './broker-config.ts';
import { brokerState, ipOf } from './broker-identity.ts';
import { BrokerOuterApi, type BrokerRegistration } from './broker-outer-api.ts';
import { BrokerServer } from './broker-server.ts';
import { type BrokerServices, type DiskReads, inlineReads } from './broker-services.ts';
import { BrokerStats, SAMPLE_PERIOD_MS } from './broker-stats.ts';
import { ConsumerManager } from './client/consumer-manager.ts';
import { ProducerManager } from './client/producer-manager.ts';
import { RebalanceLockManager } from './client/rebalance-lock-manager.ts';
import type { ColdPullServer } from './cold-read-queue.ts';
import type { Files } from './files.ts';
import { SubscriptionGroupManager } from './groups/subscription-group-manager.ts';
import { ConsumerOffsetManager } from './offsets/consumer-offset-manager.ts';
import { brokerProcessors } from './processors/processor-table.ts';
import { Registration } from './registration.ts';
import { SystemTopicNames } from './topics/system-topics.ts';
import { TopicConfigManager } from './topics/topic-config-manager.ts';

/** The store's clock: suspended pulls and overdue replies are looked at so often. */
const TICK_PERIOD_MS = 100;
/** Clients without heartbeat are looked for so often. */
const HOUSEKEEPING_PERIOD_MS = 10_000;
const FIRST_FLUSH_MS = 10_000;
/** `start` waits no longer for name servers. */
const FIRST_REGISTRATION_WAIT_MS = 1000;
/** Hex digits of time and counter at the end of a UNIQ_KEY. */
const UNIQUE_KEY_SUFFIX_LENGTH = 12;

export interface BrokerListeners {
  /** `listenPort`. */
  readonly main: Listener;
  /** `listenPort` - 2, the port clients use with vipChannelEnabled. It serves the same requests. */
  readonly fast?: Listener | undefined;
  readonly webSocket?: Listener | undefined;
}

export interface BrokerControllerParts {
  readonly config: BrokerConfig;
  readonly store: MessageStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  readonly files: Files;
  /** Talks to the name servers. */
  readonly remotingClient: RemotingClient;
  readonly listeners: BrokerListeners;
  readonly localAddresses: readonly LocalAddress[];
  readonly processId: number;
  /** The read pool; default: cold pulls are read on the I/O thread. */
  readonly serveColdPull?: ColdPullServer;
  /** The read pool again, for queries; default: on the I/O thread. */
  readonly diskReads?: DiskReads;
  /** `key=value` lines of the settings in force; default: those this broker acts on. */
  readonly settingsText?: () => string;
  /** Requests that others serve on this broker's ports. */
  readonly extraProcessors?: ProcessorTable;
}

/** Where the broker listens. */
export interface BrokerAddresses {
  readonly main: SocketAddress;
  readonly fast: SocketAddress | undefined;
  readonly webSocket: SocketAddress | undefined;
}

export class BrokerController {
  readonly processors: ProcessorTable;
  readonly services: BrokerServices;
  readonly #parts: BrokerControllerParts;
  readonly #server: BrokerServer;
  readonly #registration: Registration;
  readonly #timers: Timer[] = [];
  readonly #host: string;
  #addresses: BrokerAddresses | undefined;
  #closed: Promise<void> | undefined;

  constructor(parts: BrokerControllerParts) {
    this.#parts = parts;
    this.#host = brokerHost(parts.config, parts.localAddresses);
    this.services = this.#newServices();
    this.processors = new Map([
      ...(parts.extraProcessors ?? []),
      ...brokerProcessors(this.services),
    ]);
    this.#server = this.#newServer();
    this.#registration = this.#newRegistration();
  }

  /** Where it listens. Only after `start`. */
  get addresses(): BrokerAddresses | undefined {
    return this.#addresses;
  }

  get connections(): number {
    return this.#server.connections;
  }

  /**
   * Reads the tables, listens, registers. Errors: CONFIG_FILE, PORT_IN_USE; what was opened is
   * closed again then.
   */
  async start(): Promise<BrokerAddresses> {
    const { topics, groups, offsets } = this.services;
    const { clock, store } = this.#parts;
    await topics.load();
    await groups.load();
    await offsets.load();
    topics.onChange((changed) => this.#registration.topicsChanged(changed));
    this.#pushState();
    this.#pushIdentity(this.#parts.config.listenPort);
    store.onOutputReady(() => this.#server.drain());
    try {
      this.#addresses = await this.#listen();
      this.#pushIdentity(this.#addresses.main.port);
    } catch (error) {
      await this.#stopListening();
      throw error;
    }
    this.#startTimers();
    const registered = this.#registration.start();
    await Promise.race([registered, sleep(clock, FIRST_REGISTRATION_WAIT_MS)]);
    return this.#addresses;
  }

  /** Leaves the name servers, closes connections, writes the tables. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await this.#registration.stop();
    await this.#stopListening();
    for (const timer of this.#timers) timer.cancel();
    await this.#flushTables();
  }

  async #listen(): Promise<BrokerAddresses> {
    const { main, fast, webSocket } = this.#parts.listeners;
    return {
      main: await main.listen(this.#server),
      fast: await fast?.listen(this.#server),
      webSocket: await webSocket?.listen(this.#server),
    };
  }

  async #stopListening(): Promise<void> {
    const { main, fast, webSocket } = this.#parts.listeners;
    await Promise.all([main, fast, webSocket].map((listener) => listener?.close()));
  }

  #startTimers(): void {
    const { clock, config } = this.#parts;
    const every = (periodMs: number, task: () => void, firstDelayMs = periodMs): void => {
      this.#timers.push(clock.every(periodMs, task, { firstDelayMs, unref: true }));
    };
    every(TICK_PERIOD_MS, () => this.#server.tick());
    every(SAMPLE_PERIOD_MS, () => this.services.stats.sample());
    every(HOUSEKEEPING_PERIOD_MS, () => this.#removeExpiredClients());
    every(config.flushConsumerOffsetInterval, () => void this.#flushTables(), FIRST_FLUSH_MS);
  }

  #removeExpiredClients(): void {
    const { producers, consumers, locks, clock, config } = this.services;
    const nowMs = clock.nowMs();
    producers.removeExpired(nowMs, config.channelExpiredTimeout);
    consumers.removeExpired(nowMs, config.channelExpiredTimeout);
    locks.removeExpired();
  }

  /** Never rejects: a table that cannot be written stays in memory and is tried again. */
  async #flushTables(): Promise<void> {
    const { topics, groups, offsets, log } = this.services;
    for (const table of [offsets, topics, groups]) {
      try {
        await table.flush();
      } catch (error) {
        log.error('a table cannot be written', { reason: errorText(error) });
      }
    }
  }

  #newServices(): BrokerServices {
    const { config, store, files, clock, log, random, processId } = this.#parts;
    const file = (name: string) => path.join(config.storePathRootDir, 'config', name);
    const common = { store, files, clock, log };
    const groups = new SubscriptionGroupManager({
      ...common,
      config,
      path: file('subscriptionGroup.json'),
    });
    const mayNotify = (group: string) =>
      groups.table.get(group)?.notifyConsumerIdsChangedEnable !== false;
    const uniqueKeys = new UniqueKeyGenerator({
      ip: ipOf(this.#host, this.#parts.localAddresses),
      pid: processId,
      hash: random.nextInt(0x7fffffff),
      clock,
    });
    const server = () => this.#server;
    return {
      ...{ config, clock, log, random, store, groups },
      topics: new TopicConfigManager({ ...common, config, path: file('topics.json') }),
      systemTopics: new SystemTopicNames(config),
      offsets: new ConsumerOffsetManager({ ...common, path: file('consumerOffset.json') }),
      producers: new ProducerManager(log),
      consumers: new ConsumerManager(store, log, mayNotify),
      locks: new RebalanceLockManager(clock, log),
      stats: new BrokerStats(clock, () => store.stats()),
      hotPath: {
        serveAgain: (connection, frame) => server().serveAgain(connection, frame),
        get coldReadsWaiting() {
          return server().coldReadsWaiting;
        },
      },
      diskReads: this.#parts.diskReads ?? inlineReads(store),
      nextUniqueKey: () => uniqueKeys.next(),
      brokerAddress: () => ({ host: this.#host, port: this.#mainPort }),
      registered: () => this.#registration.settled(),
      settingsText: this.#parts.settingsText ?? (() => settingsOf(config)),
      diskSpace: (directory) => files.diskSpace(directory),
    };
  }

  #newServer(): BrokerServer {
    const { store, clock, log } = this.#parts;
    const dispatcher = new RequestDispatcher({ processors: this.processors, clock, log });
    return new BrokerServer({
      ...{ store, clock, log },
      dispatch: (peer, frame) => dispatcher.dispatch(peer, frame),
      serveColdPull:
        this.#parts.serveColdPull ?? (async (frame: Uint8Array) => store.serveColdPull(frame)),
      refuseColdPull,
      onPeerClosed: (peer) => {
        this.services.producers.onConnectionClosed(peer);
        this.services.consumers.onConnectionClosed(peer);
      },
    });
  }

  #newRegistration(): Registration {
    const { config, clock, log, remotingClient } = this.#parts;
    return new Registration({
      ...{ clock, log },
      api: new BrokerOuterApi(remotingClient, config.registerBrokerTimeoutMills),
      nameServers: nameServerAddresses(config.namesrvAddr),
      broker: () => this.#identityForNameServers(),
      topics: this.services.topics,
      brokerPermission: config.brokerPermission,
      periodMs: config.registerNameServerPeriod,
    });
  }

  #identityForNameServers(): BrokerRegistration {
    const { config } = this.#parts;
    return {
      clusterName: config.brokerClusterName,
      brokerName: config.brokerName,
      brokerId: config.brokerId,
      brokerAddr: formatHostPort(this.#host, this.#mainPort),
      haServerAddr: formatHostPort(config.brokerIP2 ?? this.#host, config.haListenPort),
      addressAuto: config.brokerIP1 === undefined,
      webSocketPort: this.#addresses?.webSocket?.port,
    };
  }

  get #mainPort(): number {
    return this.#addresses?.main.port ?? this.#parts.config.listenPort;
  }

  #pushIdentity(storePort: number): void {
    const { config, store, clock, random, processId } = this.#parts;
    const storeHost = ipOf(this.#host, this.#parts.localAddresses);
    // Native code makes keys of its own, so its process part differs from that of this class.
    const hash = random.nextInt(0x7fffffff);
    const keys = new UniqueKeyGenerator({ ip: storeHost, pid: processId, hash, clock });
    store.setIdentity({
      clusterName: config.brokerClusterName,
      brokerName: config.brokerName,
      regionId: config.regionId,
      traceOn: config.traceOn,
      storeHost,
      storePort,
      uniqKeyPrefix: keys.next().slice(0, -UNIQUE_KEY_SUFFIX_LENGTH),
    });
  }

  /** Sends before startAcceptSendRequestTimeStamp are refused by their processor. */
  #pushState(): void {
    const { config, store, clock } = this.#parts;
    store.setBrokerState(brokerState(config, clock.nowMs()));
    const waitMs = config.startAcceptSendRequestTimeStamp - clock.nowMs();
    if (waitMs <= 0) return;
    const accept = () => store.setBrokerState(brokerState(config, clock.nowMs()));
    this.#timers.push(clock.after(waitMs, accept, { unref: true }));
  }
}

function refuseColdPull(peer: RemotingPeer, frame: Uint8Array): void {
  const remark =
    '[OVERLOAD]system busy, start flow control for a while: too many pulls wait for the disk';
  peer.send(createResponse(decodeFrame(frame), ResponseCode.SYSTEM_BUSY, { remark }));
}

function settingsOf(config: BrokerConfig): string {
  const lines = Object.entries(config).filter(([, value]) => value !== undefined);
  return lines.map(([key, value]) => `${key}=${value}\n`).join('');
}
