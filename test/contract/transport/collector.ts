// SPDX-License-Identifier: Apache-2.0
/** A connection handler that remembers, and promises for what comes next. */
import type { ByteConnection, ConnectionHandler } from '../../../src/protocol/transport.ts';

export class Collector implements ConnectionHandler {
  readonly opened: ByteConnection[] = [];
  readonly closed: string[] = [];
  receivedBytes = 0;
  readonly #chunks: Uint8Array[] = [];
  readonly #waiters: { done: () => boolean; resolve: () => void }[] = [];
  readonly #onChunk: ((connection: ByteConnection, chunk: Uint8Array) => void) | undefined;

  constructor(onChunk?: (connection: ByteConnection, chunk: Uint8Array) => void) {
    this.#onChunk = onChunk;
  }

  onOpen(connection: ByteConnection): void {
    this.opened.push(connection);
    this.#check();
  }

  onData(connection: ByteConnection, chunk: Uint8Array): void {
    this.receivedBytes += chunk.length;
    if (this.#onChunk === undefined) this.#chunks.push(chunk.slice());
    else this.#onChunk(connection, chunk);
    this.#check();
  }

  onClose(_connection: ByteConnection, reason: string): void {
    this.closed.push(reason);
    this.#check();
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  until(done: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#waiters.push({ done, resolve });
      this.#check();
    });
  }

  received(bytes: number): Promise<void> {
    return this.until(() => this.receivedBytes >= bytes);
  }

  async connection(): Promise<ByteConnection> {
    await this.until(() => this.opened.length > 0);
    const connection = this.opened.at(-1);
    if (connection === undefined) throw new Error('no connection was opened');
    return connection;
  }

  #check(): void {
    for (const waiter of [...this.#waiters]) {
      if (!waiter.done()) continue;
      this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
      waiter.resolve();
    }
  }
}
