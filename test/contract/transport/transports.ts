// SPDX-License-Identifier: Apache-2.0
/** Every transport under one shape, so that one suite runs over all of them. */
import { SystemClock } from '../../../src/core/clock.ts';
import { silentLog } from '../../../src/core/log.ts';
import type { Connector, Listener } from '../../../src/protocol/transport.ts';
import {
  MemoryConnector,
  MemoryListener,
  MemoryNetwork,
} from '../../../src/transport/memory-transport.ts';
import { TcpConnector } from '../../../src/transport/tcp-connector.ts';
import { TcpListener } from '../../../src/transport/tcp-listener.ts';
import { WebSocketConnector } from '../../../src/transport/websocket-connector.ts';
import { WebSocketListener } from '../../../src/transport/websocket-listener.ts';
import { nodeWebSocket } from '../../../src/transport/websocket-node.ts';

export interface TransportUnderTest {
  readonly name: string;
  listener(options?: ListenerOptions): Listener;
  connector(): Promise<Connector>;
}

export interface ListenerOptions {
  readonly port?: number;
  readonly idleTimeoutMs?: number;
}

const clock = new SystemClock();
const host = '127.0.0.1';

const tcp: TransportUnderTest = {
  name: 'tcp',
  listener: ({ port = 0, ...rest } = {}) =>
    new TcpListener({ host, port, portKey: 'listenPort', clock, log: silentLog, ...rest }),
  connector: async () => new TcpConnector({ clock }),
};

function webSocket(engine: 'uws' | 'ws'): TransportUnderTest {
  return {
    name: `websocket over ${engine}`,
    listener: ({ port = 0, ...rest } = {}) =>
      new WebSocketListener({
        host,
        port,
        portKey: 'webSocketListenPort',
        engine,
        allowedOrigins: '*',
        clock,
        log: silentLog,
        ...rest,
      }),
    connector: async () => new WebSocketConnector({ webSocket: await nodeWebSocket(), clock }),
  };
}

let network = new MemoryNetwork({ clock, maxChunkBytes: 65_536 });

const memory: TransportUnderTest = {
  name: 'memory',
  listener: ({ port = 0, idleTimeoutMs } = {}) => {
    if (idleTimeoutMs !== undefined) network = new MemoryNetwork({ clock, idleTimeoutMs });
    return new MemoryListener(network, { host, port });
  },
  connector: async () => new MemoryConnector(network),
};

export const transports = [tcp, webSocket('ws'), webSocket('uws'), memory];

/** Why uWebSockets.js cannot be tested here; undefined when it can. */
export async function uwsMissing(): Promise<string | undefined> {
  try {
    const name = 'uWebSockets.js';
    await import(name);
    return undefined;
  } catch (error) {
    return `uWebSockets.js does not load: ${String(error).split('\n', 1)[0]}`;
  }
}
