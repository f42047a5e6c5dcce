// SPDX-License-Identifier: Apache-2.0
/**
 * A TCP proxy that keeps every remoting frame between a client and a server. The frames pass
 * unchanged, so a client must be told the proxy's address by its route: give the broker
 * `brokerIP1` and a route that names the proxy, or connect to it directly.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
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
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #connections = 0;

  private constructor(target: string) {
    const [host = '', port] = target.split(':');
    this.#server = createServer((client) => {
      const connection = this.#connections;
      this.#connections += 1;
      const server = connect({ host, port: Number(port) });
      this.#pass(connection, 'client', client, server);
      this.#pass(connection, 'server', server, client);
    });
  }

  /** `target` is `host:port` of the server. */
  static async start(target: string): Promise<CaptureProxy> {
    const proxy = new CaptureProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
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
      for (const bytes of cutter.push(chunk)) this.frames.push({ connection, from, bytes });
      sink.write(chunk);
    });
    source.on('error', () => {});
    source.on('close', () => {
      this.#sockets.delete(source);
      sink.destroy();
    });
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }
}
