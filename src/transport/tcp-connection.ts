// SPDX-License-Identifier: Apache-2.0
/** One TCP connection over node:net. Costs no closure but one, and no timer. */
import type { Socket } from 'node:net';
import { type ConnectionOwner, HandledConnection } from './handled-connection.ts';
import { socketAddress } from './socket-addresses.ts';

const connectionOf = Symbol('connection');

/** A socket that knows its connection, so that event listeners can be shared functions. */
interface OwnedSocket extends Socket {
  [connectionOf]: TcpConnection;
}

export class TcpConnection extends HandledConnection {
  readonly kind = 'tcp';
  readonly #socket: OwnedSocket;
  #error: string | undefined;

  /** Takes over a connected socket and calls `onOpen`. */
  static adopt(socket: Socket, owner: ConnectionOwner): TcpConnection {
    const connection = new TcpConnection(socket as OwnedSocket, owner);
    connection.opened();
    return connection;
  }

  private constructor(socket: OwnedSocket, owner: ConnectionOwner) {
    super(
      owner,
      socketAddress(socket.remoteAddress, socket.remotePort),
      socketAddress(socket.localAddress, socket.localPort),
    );
    this.#socket = socket;
    socket[connectionOf] = this;
    socket.on('data', onData);
    socket.on('error', onError);
    socket.on('close', onClose);
  }

  get pendingBytes(): number {
    return this.#socket.writableLength;
  }

  protected transmit(bytes: Uint8Array): boolean {
    // Node writes at once when the kernel takes everything; the length tells.
    this.#socket.write(bytes, this.#onWritten);
    return this.#socket.writableLength === 0;
  }

  protected read(enabled: boolean): void {
    if (enabled) this.#socket.resume();
    else this.#socket.pause();
  }

  protected disconnect(): void {
    this.#socket.destroy();
  }

  readonly #onWritten = (): void => this.drained();

  /** The three below are called by the socket's listeners only. */
  socketData(chunk: Uint8Array): void {
    this.received(chunk);
  }

  socketFailed(error: NodeJS.ErrnoException): void {
    this.#error = error.code === 'ECONNRESET' ? 'reset by the peer' : error.message;
  }

  socketClosed(): void {
    this.ended(this.#error ?? 'closed by the peer');
  }
}

function onData(this: OwnedSocket, chunk: Buffer): void {
  this[connectionOf].socketData(chunk);
}

/** The callback of sockets made by `withSharedReads`. */
export function onSharedRead(this: Socket, byteCount: number, buffer: Uint8Array): boolean {
  (this as OwnedSocket)[connectionOf].socketData(buffer.subarray(0, byteCount));
  return true;
}

function onError(this: OwnedSocket, error: NodeJS.ErrnoException): void {
  this[connectionOf].socketFailed(error);
}

function onClose(this: OwnedSocket): void {
  this[connectionOf].socketClosed();
}
