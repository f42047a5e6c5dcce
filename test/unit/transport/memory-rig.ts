// SPDX-License-Identifier: Apache-2.0
/** Client and server over the memory transport and a virtual clock. */
import type { ProcessorTable } from '../../../src/protocol/processor.ts';
import {
  MemoryConnector,
  MemoryListener,
  MemoryNetwork,
  type MemoryNetworkOptions,
} from '../../../src/transport/memory-transport.ts';
import {
  PooledRemotingClient,
  type RemotingClientOptions,
} from '../../../src/transport/remoting-client.ts';
import {
  RemotingServer,
  type RemotingServerOptions,
} from '../../../src/transport/remoting-server.ts';
import { RequestDispatcher } from '../../../src/transport/request-dispatcher.ts';
import { CollectingLog } from '../../helpers/collecting-log.ts';
import { VirtualClock } from '../../helpers/virtual-clock.ts';

export const SERVER = '10.0.0.1:10911';

export interface MemoryRig {
  readonly clock: VirtualClock;
  readonly log: CollectingLog;
  readonly network: MemoryNetwork;
  readonly connector: MemoryConnector;
  readonly server: RemotingServer;
  readonly client: PooledRemotingClient;
}

export async function memoryRig(
  processors: ProcessorTable,
  options: {
    readonly client?: Partial<RemotingClientOptions>;
    readonly server?: Partial<RemotingServerOptions>;
    readonly network?: Partial<MemoryNetworkOptions>;
  } = {},
): Promise<MemoryRig> {
  const clock = new VirtualClock();
  const log = new CollectingLog();
  const network = new MemoryNetwork({ clock, log, ...options.network });
  const connector = new MemoryConnector(network, '10.0.0.2');
  const server = new RemotingServer({
    listeners: [new MemoryListener(network, { host: '10.0.0.1', port: 10_911 })],
    dispatcher: new RequestDispatcher({ processors, clock, log }),
    ...{ clock, log },
    ...options.server,
  });
  await server.start();
  const client = new PooledRemotingClient({ connector, clock, log, ...options.client });
  return { clock, log, network, connector, server, client };
}
