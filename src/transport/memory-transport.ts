// SPDX-License-Identifier: Apache-2.0
/**
 * The transport inside one process, for tests and simulations: a network of named addresses whose
 * only source of time is the injected clock. Bytes are copied and arrive in order after a delay.
 */
import type { Clock } from '../core/clock.ts';
import { ApogeeError } from '../core/errors.ts';
import { type Log, silentLog } from '../core/log.ts';
import { formatHostPort } from '../protocol/ip-address.ts';
import type {
  ByteConnection,
  ConnectionHandler,
  Connector,
  Listener,
  SocketAddress,
} from '../protocol/transport.ts';
import { type ConnectionOwner, HandledConnection } from './handled-connection.ts';
import { IdleSweeper } from './idle-sweeper.ts';
import { IDLE_TIMEOUT_MS, MAX_UNSENT_BYTES } from './transport-limits.ts';

const FIRST_FREE_PORT = 32_768;

export interface MemoryNetworkOptions {
  readonly clock: Clock;
  readonly log?: Log;
  /** From write to arrival. */
  readonly latencyMs?: number;
  /** Cuts what arrives into pieces of at most so many bytes. */
  readonly maxChunkBytes?: number;
  readonly idleTimeoutMs?: number;
}

export class MemoryNetwork {
  readonly options: MemoryNetworkOptions;
  readonly #owners = new Map<string, ConnectionOwner>();
  #lastPort = FIRST_FREE_PORT;

  constructor(options: MemoryNetworkOptions) {
    this.options = options;
  }

  /** Port 0 picks a free one. Errors: PORT_IN_USE. */
  bind(host: string, port: number, owner: ConnectionOwner): SocketAddress {
    const bound = { host, port: port === 0 ? this.freePort() : port };
    const key = formatHostPort(bound.host, bound.port);
    if (this.#owners.has(key)) {
      throw new ApogeeError('PORT_IN_USE', `port ${port} is used by another listener on ${host}`, {
        cure: 'choose a free port',
      });
    }
    this.#owners.set(key, owner);
    return bound;
  }

  unbind(address: SocketAddress): void {
    this.#owners.delete(formatHostPort(address.host, address.port));
  }

  ownerAt(address: string): ConnectionOwner | undefined {
    return this.#owners.get(address);
  }

  freePort(): number {
    this.#lastPort += 1;
    return this.#lastPort;
  }

  newOwner(handler: ConnectionHandler): ConnectionOwner {
    const { clock, log = silentLog, idleTimeoutMs = IDLE_TIMEOUT_MS } = this.options;
    return { handler, log, idle: new IdleSweeper(clock, idleTimeoutMs) };
  }
}

export class MemoryListener implements Listener {
  readonly #network: MemoryNetwork;
  readonly #address: SocketAddress;
  #bound: SocketAddress | undefined;
  #owner: ConnectionOwner | undefined;

  constructor(network: MemoryNetwork, address: SocketAddress) {
    this.#network = network;
    this.#address = address;
  }

  async listen(handler: ConnectionHandler): Promise<SocketAddress> {
    const owner = this.#network.newOwner(handler);
    this.#bound = this.#network.bind(this.#address.host, this.#address.port, owner);
    this.#owner = owner;
    return this.#bound;
  }

  async close(): Promise<void> {
    if (this.#bound !== undefined) this.#network.unbind(this.#bound);
    await this.#owner?.idle.closeAll('the server stops');
  }
}

export class MemoryConnector implements Connector {
  readonly kind = 'memory';
  readonly #network: MemoryNetwork;
  readonly #host: string;

  /** `host` is the address that servers see. */
  constructor(network: MemoryNetwork, host = '127.0.0.1') {
    this.#network = network;
    this.#host = host;
  }

  connect(address: string, handler: ConnectionHandler): Promise<ByteConnection> {
    const { clock, latencyMs = 0 } = this.#network.options;
    return new Promise((resolve, reject) => {
      clock.after(latencyMs, () => {
        const owner = this.#network.ownerAt(address);
        if (owner === undefined) {
          const message = `cannot connect to ${address}: nobody listens there`;
          reject(new ApogeeError('CONNECT_FAILED', message));
          return;
        }
        const clientOwner = this.#network.newOwner(handler);
        resolve(MemoryConnection.pair(this.#network, clientOwner, this.#host, owner, address));
      });
    });
  }
}

class MemoryConnection extends HandledConnection {
  readonly kind = 'memory';
  readonly #network: MemoryNetwork;
  #other: MemoryConnection | undefined;
  /** Written here and not yet taken by the other side. */
  #inFlight: Uint8Array[] = [];
  #inFlightBytes = 0;
  /** How many of `#inFlight` have travelled long enough to be delivered. */
  #arrived = 0;
  #isReading = true;

  static pair(
    network: MemoryNetwork,
    clientOwner: ConnectionOwner,
    clientHost: string,
    serverOwner: ConnectionOwner,
    address: string,
  ): MemoryConnection {
    const clientAddress = { host: clientHost, port: network.freePort() };
    const split = address.lastIndexOf(':');
    const serverAddress = {
      host: address.slice(0, split),
      port: Number(address.slice(split + 1)),
    };
    const client = new MemoryConnection(network, clientOwner, serverAddress, clientAddress);
    const server = new MemoryConnection(network, serverOwner, clientAddress, serverAddress);
    client.#other = server;
    server.#other = client;
    server.opened();
    client.opened();
    return client;
  }

  private constructor(
    network: MemoryNetwork,
    owner: ConnectionOwner,
    remote: SocketAddress,
    local: SocketAddress,
  ) {
    super(owner, remote, local);
    this.#network = network;
  }

  get pendingBytes(): number {
    return this.#inFlightBytes;
  }

  protected transmit(bytes: Uint8Array): boolean {
    const { clock, latencyMs = 0, maxChunkBytes = bytes.length } = this.#network.options;
    for (let at = 0; at < bytes.length; at += maxChunkBytes) {
      this.#inFlight.push(bytes.slice(at, at + maxChunkBytes));
    }
    this.#inFlightBytes += bytes.length;
    const pieces = Math.ceil(bytes.length / Math.max(1, maxChunkBytes));
    clock.after(latencyMs, () => {
      this.#arrived += pieces;
      this.deliver();
    });
    return this.#inFlightBytes <= MAX_UNSENT_BYTES;
  }

  protected read(enabled: boolean): void {
    this.#isReading = enabled;
    if (enabled) this.#other?.deliver();
  }

  protected disconnect(reason: string): void {
    const { clock, latencyMs = 0 } = this.#network.options;
    clock.after(0, () => this.ended(reason));
    // What was written before arrives first, unless the other side has stopped reading.
    clock.after(latencyMs, () => {
      this.#inFlight = [];
      this.#inFlightBytes = 0;
      this.#other?.close('closed by the peer');
    });
  }

  /** Hands what has arrived to the other side. Called by the pair only. */
  deliver(): void {
    const other = this.#other;
    while (other !== undefined && this.#arrived > 0 && other.#isReading && !other.isClosed) {
      const piece = this.#inFlight.shift();
      this.#arrived -= 1;
      if (piece === undefined) break;
      this.#inFlightBytes -= piece.length;
      other.received(piece);
      this.drained();
    }
  }
}
