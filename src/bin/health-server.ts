// SPDX-License-Identifier: Apache-2.0
/** `GET /healthz` (the process runs) and `/readyz` (it serves), as JSON with the reason. */
import { createServer, type Server } from 'node:http';
import type { Settings } from '../core/config/settings.ts';
import { ApogeeError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';

export interface Readiness {
  readonly ready: boolean;
  /** Why not, one sentence; or what is served. */
  readonly reason: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

export interface HealthServerOptions {
  readonly host: string;
  readonly port: number;
  readonly readiness: () => Readiness;
}

export class HealthServer {
  /** Bound, once listening. */
  port = 0;
  readonly #server: Server;
  readonly #options: HealthServerOptions;

  constructor(options: HealthServerOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => {
      const path = request.url?.split('?', 1)[0];
      const isRead = request.method === 'GET' || request.method === 'HEAD';
      const answer = isRead ? this.#answer(path) : undefined;
      response.statusCode = answer?.status ?? (isRead ? 404 : 405);
      response.setHeader('content-type', 'application/json');
      response.setHeader('cache-control', 'no-store');
      response.end(`${JSON.stringify(answer?.body ?? { paths: ['/healthz', '/readyz'] })}\n`);
    });
    this.#server.requestTimeout = 10_000;
    this.#server.maxConnections = 256;
  }

  #answer(path: string | undefined): { status: number; body: object } | undefined {
    if (path === '/healthz') return { status: 200, body: { status: 'ok' } };
    if (path !== '/readyz') return undefined;
    const { ready, reason, details } = this.#options.readiness();
    return { status: ready ? 200 : 503, body: { ready, reason, ...details } };
  }

  /** Result: the port bound. Errors: PORT_IN_USE. */
  async listen(): Promise<number> {
    const { host, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) => {
        const inUse = error.code === 'EADDRINUSE';
        const message = inUse
          ? `the health port ${port} is already in use`
          : `the health port ${port} cannot be opened: ${error.message}`;
        const cure = 'set httpListenPort to a free port, or httpEnable=false';
        reject(new ApogeeError('PORT_IN_USE', message, { cure, cause: error }));
      });
      this.#server.listen(port, host, resolve);
    });
    const address = this.#server.address();
    this.port = typeof address === 'object' && address !== null ? address.port : port;
    return this.port;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }
}

/**
 * The server that the settings want: none, or one. A taken port that nobody asked for by name
 * costs the health answers, not the start.
 */
export async function startHealthServer(
  settings: Settings,
  log: Log,
  readiness: () => Readiness,
): Promise<readonly HealthServer[]> {
  if (!settings.boolean('httpEnable')) return [];
  const port = settings.int('httpListenPort');
  const server = new HealthServer({ host: settings.text('bindAddress'), port, readiness });
  try {
    log.info('health', { port: await server.listen() });
    return [server];
  } catch (error) {
    if (settings.isSet('httpListenPort')) throw error;
    log.warn('the default health port is taken: no health answers', { port });
    return [];
  }
}
