// SPDX-License-Identifier: Apache-2.0
/** A server in memory that notes its requests and fails on command. */
import { RequestCode } from '../../src/protocol/codes.ts';
import type { RequestProcessor } from '../../src/protocol/processor.ts';
import type { RemotingCommand } from '../../src/protocol/remoting-command.ts';
import { MemoryListener, type MemoryNetwork } from '../../src/transport/memory-transport.ts';
import { RemotingServer } from '../../src/transport/remoting-server.ts';
import { RequestDispatcher } from '../../src/transport/request-dispatcher.ts';
import { CollectingLog } from './collecting-log.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** Undefined: serve as usual. 'drop': never answer. Else the answer. */
export type Fault = (request: RemotingCommand) => RemotingCommand | 'drop' | undefined;

/** Serves one address over the memory network; may be stopped and started again. */
export class FakeServer {
  readonly network: MemoryNetwork;
  readonly clock: VirtualClock;
  readonly host: string;
  readonly port: number;
  readonly requests: RemotingCommand[] = [];
  fault: Fault = () => undefined;
  #server: RemotingServer | undefined;

  constructor(network: MemoryNetwork, clock: VirtualClock, address: string) {
    this.network = network;
    this.clock = clock;
    const [host = '', port] = address.split(':');
    this.host = host;
    this.port = Number(port);
  }

  count(code: number): number {
    return this.requests.filter((request) => request.code === code).length;
  }

  async serve(serveRequest: RequestProcessor, onClose: (id: number) => void): Promise<void> {
    const log = new CollectingLog();
    const { clock, host, port } = this;
    const processor: RequestProcessor = (context) => {
      this.requests.push(context.request);
      const fault = this.fault(context.request);
      if (fault === 'drop') return undefined;
      return fault ?? serveRequest(context);
    };
    const processors = new Map(Object.values(RequestCode).map((code) => [code, processor]));
    this.#server = new RemotingServer({
      listeners: [new MemoryListener(this.network, { host, port })],
      dispatcher: new RequestDispatcher({ processors, clock, log }),
      clock,
      log,
      onPeerClose: (peer) => onClose(peer.id),
    });
    await this.#server.start();
  }

  async stop(): Promise<void> {
    await this.#server?.close();
  }
}
