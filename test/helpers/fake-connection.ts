// SPDX-License-Identifier: Apache-2.0
/** Connections whose other side is the test. */
import type { PeerConnection } from '../../src/protocol/processor.ts';
import type { RemotingCommand } from '../../src/protocol/remoting-command.ts';
import type { ByteConnection, SocketAddress } from '../../src/protocol/transport.ts';

export class FakeConnection implements ByteConnection {
  readonly kind = 'memory';
  readonly remote: SocketAddress = { host: '10.0.0.9', port: 50_000 };
  readonly local: SocketAddress = { host: '10.0.0.1', port: 10_911 };
  /** What was written, as it is now: a borrowed slab shows later changes. */
  readonly written: Uint8Array[] = [];
  /** Writes are borrowed, as by a socket whose peer does not read. */
  isSlow = false;
  pendingBytes = 0;
  closeReason: string | undefined;
  readonly #waiting: (() => void)[] = [];

  write(bytes: Uint8Array): boolean {
    this.written.push(this.isSlow ? bytes : bytes.slice());
    if (this.isSlow) this.pendingBytes += bytes.length;
    return !this.isSlow;
  }

  flushed(): Promise<void> {
    if (this.pendingBytes === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** The peer read everything. */
  flush(): void {
    this.pendingBytes = 0;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  pause(): void {}

  resume(): void {}

  close(reason: string): void {
    this.closeReason ??= reason;
  }
}

let lastId = 0;

/** A peer that keeps what processors send. */
export class FakePeer implements PeerConnection {
  readonly id: number;
  readonly kind = 'memory';
  readonly remote: SocketAddress;
  readonly local: SocketAddress = { host: '10.0.0.1', port: 10_911 };
  readonly sent: RemotingCommand[] = [];
  isOpen = true;
  closeReason: string | undefined;

  constructor(port = 50_000) {
    lastId += 1;
    this.id = lastId;
    this.remote = { host: '10.0.0.9', port };
  }

  send(command: RemotingCommand): boolean {
    this.sent.push(command);
    return this.isOpen;
  }

  invoke(): Promise<RemotingCommand> {
    return Promise.reject(new Error('nobody answers'));
  }

  close(reason: string): void {
    this.isOpen = false;
    this.closeReason ??= reason;
  }
}
