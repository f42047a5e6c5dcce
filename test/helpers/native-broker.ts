// SPDX-License-Identifier: Apache-2.0
/** A broker over the native store in a directory, listening on a free TCP port of loopback. */

import { type BrokerConfig, defaultBrokerConfig } from '../../src/broker/broker-config.ts';
import { BrokerController } from '../../src/broker/broker-controller.ts';
import { nodeFiles } from '../../src/broker/files.ts';
import { SystemClock } from '../../src/core/clock.ts';
import { systemRandom } from '../../src/core/random.ts';
import { createRequest, type ExtFields } from '../../src/protocol/remoting-command.ts';
import type { FlushDiskType, StoreOptions } from '../../src/store/message-store.ts';
import { type NativeStore, openNativeStore } from '../../src/store/native-store.ts';
import { ReadPool } from '../../src/store/read-pool.ts';
import { PooledRemotingClient } from '../../src/transport/remoting-client.ts';
import { TcpConnector } from '../../src/transport/tcp-connector.ts';
import { TcpListener } from '../../src/transport/tcp-listener.ts';
import { CollectingLog } from './collecting-log.ts';

const MIB = 1024 * 1024;

const loopback = { host: '127.0.0.1', port: 0, portKey: 'listenPort' };

function storeOptions(directory: string, flushDiskType: FlushDiskType): StoreOptions {
  return {
    storePathRootDir: directory,
    storePathCommitLog: `${directory}/commitlog`,
    mappedFileSizeCommitLog: 16 * MIB,
    mappedFileSizeConsumeQueue: 20 * 1000,
    maxHashSlotNum: 1000,
    maxIndexNum: 4000,
    messageIndexEnable: true,
    flushDiskType,
    flushIntervalCommitLog: 500,
    flushCommitLogLeastPages: 4,
    flushCommitLogThoroughInterval: 10_000,
    flushIntervalConsumeQueue: 1000,
    flushConsumeQueueLeastPages: 2,
    flushConsumeQueueThoroughInterval: 60_000,
    syncFlushTimeout: 5000,
    maxMessageSize: 4 * MIB,
    accessMessageInMemoryMaxRatio: 40,
    maxTransferBytesOnMessageInMemory: 262_144,
    maxTransferCountOnMessageInMemory: 32,
    maxTransferBytesOnMessageInDisk: 65_536,
    maxTransferCountOnMessageInDisk: 8,
    maxFilterMessageSize: 16_000,
    commitLogRecoverMaxNum: 10,
    physicalMemoryBytes: 1024 * MIB,
    nowMs: Date.now(),
  };
}

export interface NativeBrokerOptions {
  readonly directory: string;
  readonly flushDiskType?: FlushDiskType;
  readonly config?: Partial<BrokerConfig>;
}

export class NativeBroker {
  readonly log = new CollectingLog();
  readonly store: NativeStore;
  readonly controller: BrokerController;
  readonly #clock = new SystemClock();
  readonly #client: PooledRemotingClient;
  readonly #pool: ReadPool;
  #address = '';

  static async start(options: NativeBrokerOptions): Promise<NativeBroker> {
    const { directory, flushDiskType = 'ASYNC_FLUSH' } = options;
    const store = await openNativeStore(storeOptions(directory, flushDiskType));
    const broker = new NativeBroker(store, options);
    const { main } = await broker.controller.start();
    broker.#address = `127.0.0.1:${main.port}`;
    return broker;
  }

  private constructor(store: NativeStore, { directory, config }: NativeBrokerOptions) {
    this.store = store;
    const [clock, log] = [this.#clock, this.log];
    this.#client = new PooledRemotingClient({ connector: new TcpConnector({ clock, log }), clock });
    this.#pool = new ReadPool({ storeHandle: store.handle, maxThreads: 1, idleTimeoutMs: 1000 });
    const merged = { ...defaultBrokerConfig, brokerName: 'broker-a', ...config };
    this.controller = new BrokerController({
      config: { ...merged, listenPort: 0, brokerIP1: '127.0.0.1', storePathRootDir: directory },
      ...{ store, clock, log },
      random: systemRandom,
      files: nodeFiles,
      remotingClient: this.newClient(),
      listeners: { main: new TcpListener({ ...loopback, clock, log }) },
      localAddresses: [],
      processId: process.pid,
      serveColdPull: (frame) => this.#pool.serveColdPull(frame),
      diskReads: this.#pool,
    });
  }

  get address(): string {
    return this.#address;
  }

  newClient(): PooledRemotingClient {
    const connector = new TcpConnector({ clock: this.#clock, log: this.log });
    return new PooledRemotingClient({ connector, clock: this.#clock });
  }

  call(code: number, extFields?: ExtFields, body?: Uint8Array, client = this.#client) {
    const request = createRequest(code, extFields, body);
    return client.invoke(this.#address, request, { timeoutMs: 20_000 });
  }

  async close(): Promise<void> {
    await this.#client.close();
    await this.controller.close();
    await this.#pool.close();
    await this.store.close();
  }
}
