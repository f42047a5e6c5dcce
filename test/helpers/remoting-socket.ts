// SPDX-License-Identifier: Apache-2.0
/** A bare TCP client of the remoting protocol: frames out and in, bytes untouched. */
import { connect, type Socket } from 'node:net';

const ANSWER_TIMEOUT_MS = 30_000;

/** A request with a JSON header, written without the product's codec. */
export function jsonRequest(code: number, extFields: Readonly<Record<string, string>>): Buffer {
  const fields = { code, language: 'JAVA', version: 513, opaque: 1, flag: 0, extFields };
  const header = Buffer.from(JSON.stringify(fields));
  const prefix = Buffer.alloc(8);
  prefix.writeInt32BE(4 + header.length, 0);
  prefix.writeInt32BE(header.length, 4);
  return Buffer.concat([prefix, header]);
}

/** Cuts a stream into frames, length field included. */
export class FrameCutter {
  #pending = Buffer.alloc(0);

  push(chunk: Uint8Array): Buffer[] {
    this.#pending = Buffer.concat([this.#pending, chunk]);
    const frames: Buffer[] = [];
    while (this.#pending.length >= 4) {
      const end = 4 + this.#pending.readInt32BE(0);
      if (this.#pending.length < end) break;
      frames.push(this.#pending.subarray(0, end));
      this.#pending = this.#pending.subarray(end);
    }
    return frames;
  }
}

export class RemotingSocket {
  readonly #socket: Socket;
  readonly #frames: Buffer[] = [];
  #wake: (() => void) | undefined;
  #closed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    const cutter = new FrameCutter();
    socket.on('data', (chunk: Buffer) => {
      this.#frames.push(...cutter.push(chunk));
      this.#wake?.();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#closed = true;
      this.#wake?.();
    });
  }

  /** `address` is `host:port`. */
  static async open(address: string): Promise<RemotingSocket> {
    const [host, port] = address.split(':');
    const socket = connect({ host: host ?? '', port: Number(port) });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new RemotingSocket(socket);
  }

  write(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** The next frame. Errors: closed, or nothing came in time. */
  async read(timeoutMs = ANSWER_TIMEOUT_MS): Promise<Buffer> {
    const endMs = performance.now() + timeoutMs;
    for (;;) {
      const frame = this.#frames.shift();
      if (frame !== undefined) return frame;
      const leftMs = endMs - performance.now();
      if (this.#closed) throw new Error('the peer closed the connection');
      if (leftMs <= 0) throw new Error(`no frame in ${timeoutMs} ms`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** Sends a request and reads one answer. */
  async ask(request: Uint8Array, timeoutMs = ANSWER_TIMEOUT_MS): Promise<Buffer> {
    this.write(request);
    return this.read(timeoutMs);
  }

  close(): void {
    this.#socket.destroy();
  }
}
