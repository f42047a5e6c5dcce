// SPDX-License-Identifier: Apache-2.0
/**
 * A name server without sockets: its owner feeds `processors` and `onPeerClose` from a remoting
 * server. Source: NamesrvController; namesrv §1.
 */
import type { Clock, Timer } from '../core/clock.ts';
import { errorText } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { PeerConnection, ProcessorTable } from '../protocol/processor.ts';
import type { Inflate } from '../protocol/register-broker-body.ts';
import type { RemotingClient } from '../protocol/transport.ts';
import { KvConfigManager } from './kv-config-manager.ts';
import { MinBrokerIdNotifier } from './min-broker-id-notifier.ts';
import {
  type ConfigText,
  FIRST_SCAN_DELAY_MS,
  type NamesrvConfig,
  type TextFiles,
} from './namesrv-config.ts';
import { namesrvProcessors } from './processor-table.ts';
import { RouteInfoManager } from './route-info-manager.ts';

export interface NamesrvParts {
  /** Read at each use; its owner may change it. */
  readonly config: NamesrvConfig;
  readonly configText: ConfigText;
  readonly clock: Clock;
  readonly log: Log;
  readonly files: TextFiles;
  readonly inflate: Inflate;
  /** Dials brokers for `notifyMinBrokerIdChanged`; without it nobody is told. */
  readonly client?: RemotingClient | undefined;
}

export class NamesrvController {
  readonly processors: ProcessorTable;
  readonly routes: RouteInfoManager;
  readonly kvConfig: KvConfigManager;
  readonly #parts: NamesrvParts;
  #scan: Timer | undefined;

  constructor(parts: NamesrvParts) {
    const { config, clock, log, files, client } = parts;
    const notifier = client === undefined ? undefined : new MinBrokerIdNotifier(client, log);
    this.#parts = parts;
    this.routes = new RouteInfoManager({ config, clock, log, notifier });
    this.kvConfig = new KvConfigManager(files, () => config.kvConfigPath);
    this.processors = namesrvProcessors({
      config,
      configText: parts.configText,
      routes: this.routes,
      kvConfig: this.kvConfig,
      inflate: parts.inflate,
      log,
      startedAtMs: clock.nowMs(),
    });
  }

  /** Loads the key-value settings and starts the scan for dead brokers. Errors: CONFIG_FILE. */
  async start(): Promise<void> {
    await this.kvConfig.load();
    const { clock, config, log } = this.#parts;
    if (config.notifyMinBrokerIdChanged && this.#parts.client === undefined) {
      log.warn('notifyMinBrokerIdChanged has no effect here: there is no client to dial brokers');
    }
    this.#scan = clock.every(config.scanNotActiveBrokerInterval, () => this.#scanOnce(), {
      firstDelayMs: FIRST_SCAN_DELAY_MS,
      unref: true,
    });
  }

  /** To be called when a connection to this server is gone. */
  onPeerClose(peer: PeerConnection): void {
    this.routes.onPeerClose(peer);
  }

  /** Stops the scan; resolves when every key-value change is on the disk. */
  async close(): Promise<void> {
    this.#scan?.cancel();
    this.#scan = undefined;
    this.routes.close();
    await this.kvConfig.close();
  }

  #scanOnce(): void {
    try {
      this.routes.scanNotActiveBrokers();
    } catch (error) {
      this.#parts.log.error('the scan for dead brokers failed', { error: errorText(error) });
    }
  }
}
