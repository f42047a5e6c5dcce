// SPDX-License-Identifier: Apache-2.0
/**
 * The name server without its sockets: tables, timers and processors. A `RemotingServer` carries
 * `processors` and reports closed connections.
 * Source: NamesrvController, BrokerHousekeepingService.
 */
import type { Clock, Timer } from '../core/clock.ts';
import type { Log } from '../core/log.ts';
import type { PeerConnection, ProcessorTable } from '../protocol/processor.ts';
import type { Inflate } from '../protocol/register-broker-body.ts';
import { type JsonTable, KvConfigManager } from './kv-config-manager.ts';
import { notifyMinBrokerIdChange } from './min-broker-id-notice.ts';
import type { NamesrvConfig } from './namesrv-config.ts';
import type { ConfigText, NamesrvParts, SendToBroker } from './processors/parts.ts';
import { namesrvProcessors } from './processors/table.ts';
import { RouteInfoManager, type UnregisterRequest } from './route-info-manager.ts';

/** First look for dead brokers after the start. */
const FIRST_SCAN_DELAY_MS = 5000;

export interface NamesrvControllerParts {
  readonly config: NamesrvConfig;
  readonly configText: ConfigText;
  readonly clock: Clock;
  readonly log: Log;
  readonly inflate: Inflate;
  readonly sendToBroker: SendToBroker;
  /** Opens kvConfig.json; `encode` gives its content whenever it is written. */
  readonly openKvTable: (encode: () => string) => JsonTable;
}

export class NamesrvController {
  readonly processors: ProcessorTable;
  readonly #parts: NamesrvParts;
  readonly #kv: KvConfigManager;
  readonly #routes: RouteInfoManager;
  #pending: UnregisterRequest[] = [];
  #scan: Timer | undefined;

  constructor(parts: NamesrvControllerParts) {
    const log = parts.log.child({ component: 'RouteInfoManager' });
    this.#routes = new RouteInfoManager({ config: parts.config, clock: parts.clock, log });
    this.#kv = new KvConfigManager(parts.openKvTable);
    this.#parts = {
      config: parts.config,
      configText: parts.configText,
      clock: parts.clock,
      log,
      inflate: parts.inflate,
      routes: this.#routes,
      kv: this.#kv,
      startedMs: parts.clock.nowMs(),
      enqueueUnregister: (request) => this.#enqueueUnregister(request),
      notifyMinBrokerId: (change) => notifyMinBrokerIdChange(parts.sendToBroker, change),
    };
    this.processors = namesrvProcessors(this.#parts);
  }

  /** Reads the key-value table and starts the scan for dead brokers. */
  async start(): Promise<void> {
    await this.#kv.load();
    const { clock, config } = this.#parts;
    this.#scan = clock.every(config.scanNotActiveBrokerInterval, () => this.#unregisterDead(), {
      firstDelayMs: FIRST_SCAN_DELAY_MS,
      unref: true,
    });
  }

  /** The owner of the sockets reports every closed connection here. */
  onPeerClose(connection: PeerConnection): void {
    for (const request of this.#routes.registeredOver(connection)) {
      this.#enqueueUnregister(request);
    }
  }

  close(): void {
    this.#scan?.cancel();
  }

  #unregisterDead(): void {
    for (const request of this.#routes.expired()) this.#enqueueUnregister(request);
  }

  /** Requests of one turn of the event loop are served as one batch: one pass over all topics. */
  #enqueueUnregister(request: UnregisterRequest): boolean {
    if (this.#pending.length >= this.#parts.config.unRegisterBrokerQueueCapacity) return false;
    this.#pending.push(request);
    if (this.#pending.length === 1) queueMicrotask(() => this.#unregisterPending());
    return true;
  }

  #unregisterPending(): void {
    const batch = this.#pending;
    this.#pending = [];
    for (const change of this.#routes.unregister(batch)) {
      if (this.#parts.config.notifyMinBrokerIdChanged) this.#parts.notifyMinBrokerId(change);
    }
  }
}
