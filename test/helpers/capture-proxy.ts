// SPDX-License-Identifier: Apache-2.0
/**
 * A TCP proxy that keeps every remoting frame between a client and a server. In front of a name
 * server it may put another address into routes, so that clients reach brokers by a proxy too.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { freePort } from './ports.ts';
import { FrameCutter } from './remoting-socket.ts';

export interface CapturedFrame {
  /** Counted from 0 in the order of connecting. */
  readonly connection: number;
  readonly from: 'client' | 'server';
  /** With its length field. */
  readonly bytes: Buffer;
}

export class CaptureProxy {
  readonly frames: CapturedFrame[] = [];
  readonly #replace: ReadonlyMap<string, string>;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #connections = 0;

  private constructor(target: string, replace: ReadonlyMap<string, string>) {
    this.#replace = replace;
    const [host = '', port] = target.split(':');
    this.#server = createServer((client) => {
      const connection = this.#connections;
      this.#connections += 1;
      const server = connect({ host, port: Number(port) });
      this.#pass(connection, 'client', client, server);
      this.#pass(connection, 'server', server, client);
    });
  }

  /** `target` is `host:port`. `replace`: texts in what the server sends, of equal lengths. */
  static async start(
    target: string,
    replace: ReadonlyMap<string, string> = new Map(),
  ): Promise<CaptureProxy> {
    const port = await freePort();
    const proxy = new CaptureProxy(target, replace);
    await new Promise<void>((resolve) => proxy.#server.listen(port, '127.0.0.1', resolve));
    return proxy;
  }

  get address(): string {
    const address = this.#server.address();
    if (typeof address !== 'object' || address === null) throw new Error('not listening');
    return `127.0.0.1:${address.port}`;
  }

  #pass(connection: number, from: 'client' | 'server', source: Socket, sink: Socket): void {
    const cutter = new FrameCutter();
    this.#sockets.add(source);
    source.on('data', (chunk: Buffer) => {
      for (const bytes of cutter.push(chunk)) {
        if (from === 'server') this.#patch(bytes);
        this.frames.push({ connection, from, bytes });
        sink.write(bytes);
      }
    });
    source.on('error', () => {});
    source.on('close', () => {
      this.#sockets.delete(source);
      sink.destroy();
    });
  }

  #patch(bytes: Buffer): void {
    for (const [text, other] of this.#replace) {
      if (text.length !== other.length) throw new Error(`${text} and ${other} differ in length`);
      for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at)) {
        bytes.write(other, at);
      }
    }
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }
}
