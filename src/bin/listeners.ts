// SPDX-License-Identifier: Apache-2.0
/** Listeners as the settings want them. */

import type { Clock } from '../core/clock.ts';
import type { Settings } from '../core/config/settings.ts';
import { ApogeeError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { ConnectionHandler, Listener, SocketAddress } from '../protocol/transport.ts';
import { TcpListener } from '../transport/tcp-listener.ts';
import { LISTEN_BACKLOG } from '../transport/transport-limits.ts';
import { type WebSocketEngineChoice, WebSocketListener } from '../transport/websocket-listener.ts';

export interface Surroundings {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly log: Log;
  /** What the person at the command line calls a port, by its key. */
  readonly portNames?: Readonly<Record<string, string>>;
}

export function tcpListener(
  { settings, clock, log, portNames }: Surroundings,
  port: number,
  portKey: string,
): TcpListener {
  return new TcpListener({
    ...{ port, clock, log },
    portKey: portNames?.[portKey] ?? portKey,
    host: settings.text('bindAddress'),
    // Apache's default of 1024 is too small when thousands of clients come back at once.
    backlog: settings.isSet('serverSocketBacklog')
      ? settings.int('serverSocketBacklog')
      : LISTEN_BACKLOG,
    idleTimeoutMs: settings.int('serverChannelMaxIdleTimeSeconds') * 1000,
  });
}

/** Undefined when `webSocketEnable` is false. */
export function webSocketListener(surroundings: Surroundings): Listener | undefined {
  const { settings, clock, log, portNames } = surroundings;
  if (!settings.boolean('webSocketEnable')) return undefined;
  const key = 'webSocketListenPort';
  const portKey = portNames?.[key] ?? key;
  const listenerAt = (port: number): WebSocketListener =>
    new WebSocketListener({
      ...{ port, portKey, clock, log },
      host: settings.text('bindAddress'),
      engine: settings.text('webSocketEngine') as WebSocketEngineChoice,
      allowedOrigins: settings.text('webSocketAllowedOrigins'),
      idleTimeoutMs: settings.int('serverChannelMaxIdleTimeSeconds') * 1000,
    });
  const port = settings.int(key);
  const wanted = listenerAt(port);
  if (settings.isSet(key)) return wanted;
  return new LenientListener(wanted, listenerAt(0), (bound) => {
    log.warn('the default WebSocket port is taken; another one is used', { port, usedPort: bound });
  });
}

/**
 * A port nobody asked for by name: several brokers of one machine, each with files written for
 * Apache, must all start. When it is taken, `instead` listens, or nobody (port 0 then).
 */
export class LenientListener implements Listener {
  readonly #wanted: Listener;
  readonly #instead: Listener | undefined;
  readonly #onTaken: (usedPort: number) => void;

  constructor(
    wanted: Listener,
    instead: Listener | undefined,
    onTaken: (usedPort: number) => void,
  ) {
    this.#wanted = wanted;
    this.#instead = instead;
    this.#onTaken = onTaken;
  }

  async listen(handler: ConnectionHandler): Promise<SocketAddress> {
    try {
      return await this.#wanted.listen(handler);
    } catch (error) {
      if (!(error instanceof ApogeeError) || error.code !== 'PORT_IN_USE') throw error;
      const bound = (await this.#instead?.listen(handler)) ?? { host: '', port: 0 };
      this.#onTaken(bound.port);
      return bound;
    }
  }

  async close(): Promise<void> {
    await this.#wanted.close();
    await this.#instead?.close();
  }
}
