// SPDX-License-Identifier: Apache-2.0
/** Which producers are connected, by group. Thread: I/O thread. Source: ProducerManager. */
import type { Log } from '../../core/log.ts';
import type { PeerConnection } from '../../protocol/processor.ts';
import { type ClientChannelInfo, remoteAddress } from './client-channel-info.ts';

export class ProducerManager {
  readonly #log: Log;
  /** Group → connection id → client. */
  readonly #groups = new Map<string, Map<number, ClientChannelInfo>>();
  /** Connection id → its groups, so that a lost connection costs no walk over all groups. */
  readonly #groupsOf = new Map<number, Set<string>>();

  constructor(log: Log) {
    this.#log = log;
  }

  get groups(): ReadonlyMap<string, ReadonlyMap<number, ClientChannelInfo>> {
    return this.#groups;
  }

  clientsOf(group: string): ClientChannelInfo[] {
    return [...(this.#groups.get(group)?.values() ?? [])];
  }

  register(group: string, info: ClientChannelInfo): void {
    let clients = this.#groups.get(group);
    if (clients === undefined) {
      clients = new Map();
      this.#groups.set(group, clients);
    }
    const known = clients.get(info.connection.id);
    if (known !== undefined) {
      known.lastUpdateMs = info.lastUpdateMs;
      return;
    }
    clients.set(info.connection.id, { ...info });
    const groups = this.#groupsOf.get(info.connection.id) ?? new Set();
    this.#groupsOf.set(info.connection.id, groups.add(group));
    this.#log.info('new producer connected', {
      group,
      clientId: info.clientId,
      remote: remoteAddress(info.connection),
      language: info.language,
    });
  }

  unregister(group: string, connection: PeerConnection): void {
    const clients = this.#groups.get(group);
    if (clients === undefined || !clients.delete(connection.id)) return;
    if (clients.size === 0) this.#groups.delete(group);
    const groups = this.#groupsOf.get(connection.id);
    groups?.delete(group);
    if (groups?.size === 0) this.#groupsOf.delete(connection.id);
    this.#log.info('producer unregistered', { group, remote: remoteAddress(connection) });
  }

  onConnectionClosed(connection: PeerConnection): void {
    for (const group of [...(this.#groupsOf.get(connection.id) ?? [])]) {
      this.unregister(group, connection);
    }
  }

  /** Drops and closes clients whose last heartbeat is older than `timeoutMs`. */
  removeExpired(nowMs: number, timeoutMs: number): void {
    for (const [group, clients] of [...this.#groups]) {
      for (const info of [...clients.values()]) {
        if (nowMs - info.lastUpdateMs <= timeoutMs) continue;
        this.unregister(group, info.connection);
        info.connection.close(`producer group ${group} sent no heartbeat for ${timeoutMs} ms`);
      }
    }
  }
}
