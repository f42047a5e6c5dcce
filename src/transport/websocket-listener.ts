// SPDX-License-Identifier: Apache-2.0
/** Accepts WebSockets with the engine that `webSocketEngine` chooses. */
import type { Clock } from '../core/clock.ts';
import { errorText } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { ConnectionHandler, Listener, SocketAddress } from '../protocol/transport.ts';
import { IdleSweeper } from './idle-sweeper.ts';
import type { ListenAddress } from './socket-addresses.ts';
import { IDLE_TIMEOUT_MS } from './transport-limits.ts';
import { originCheck, type WebSocketEngine } from './websocket-engine.ts';

/** `auto` takes uWS where it loads and ws elsewhere. */
export type WebSocketEngineChoice = 'auto' | 'uws' | 'ws';

export interface WebSocketListenerOptions extends ListenAddress {
  readonly engine: WebSocketEngineChoice;
  /** Origins separated by `,`; `*` is every one. */
  readonly allowedOrigins: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly idleTimeoutMs?: number;
}

export class WebSocketListener implements Listener {
  readonly #options: WebSocketListenerOptions;
  readonly #idle: IdleSweeper;
  #engine: WebSocketEngine | undefined;

  constructor(options: WebSocketListenerOptions) {
    this.#options = options;
    this.#idle = new IdleSweeper(options.clock, options.idleTimeoutMs ?? IDLE_TIMEOUT_MS);
  }

  /** The engine in use, once listening. */
  get engineName(): 'uws' | 'ws' | undefined {
    return this.#engine?.name;
  }

  async listen(handler: ConnectionHandler): Promise<SocketAddress> {
    const { log, allowedOrigins } = this.#options;
    const engine = await chooseEngine(this.#options.engine, log);
    this.#engine = engine;
    return await engine.listen(
      { ...this.#options, allowsOrigin: originCheck(allowedOrigins) },
      { handler, idle: this.#idle, log },
    );
  }

  async close(): Promise<void> {
    const stopped = this.#engine?.close();
    await this.#idle.closeAll('the server stops');
    await stopped;
  }
}

/** Falls back to ws with one line in the log; libraries are loaded only when they are used. */
async function chooseEngine(choice: WebSocketEngineChoice, log: Log): Promise<WebSocketEngine> {
  if (choice !== 'ws') {
    try {
      const { loadUwsEngine } = await import('./websocket-engine-uws.ts');
      return await loadUwsEngine();
    } catch (error) {
      const reason = errorText(error).split('\n', 1)[0];
      const message = 'uWebSockets.js does not load here; WebSockets use the package ws';
      if (choice === 'uws') log.warn(message, { webSocketEngine: choice, reason });
      else log.info(message, { reason });
    }
  }
  const { WsEngine } = await import('./websocket-engine-ws.ts');
  return new WsEngine();
}
