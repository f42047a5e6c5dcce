// SPDX-License-Identifier: Apache-2.0
/** Surroundings of a client in a FakeCluster. */
import type { ClientEnvironment } from '../../src/client/environment.ts';
import { inflateZlib } from '../../src/client/inflate.ts';
import { type Random, seededRandom } from '../../src/core/random.ts';
import { MemoryConnector } from '../../src/transport/memory-transport.ts';
import { PooledRemotingClient } from '../../src/transport/remoting-client.ts';
import { CollectingLog } from './collecting-log.ts';
import type { FakeCluster } from './fake-cluster.ts';

export interface TestEnvironment extends ClientEnvironment {
  readonly log: CollectingLog;
}

let made = 0;

/** Each one has an address of its own and a seed that differs. */
export function clientEnvironment(
  cluster: FakeCluster,
  random: Random = seededRandom(made + 1),
): TestEnvironment {
  made += 1;
  const { clock, network } = cluster;
  const ip = `10.0.1.${made % 250}`;
  const connector = new MemoryConnector(network, ip);
  return {
    remoting: new PooledRemotingClient({ connector, clock }),
    clock,
    random,
    log: new CollectingLog(),
    ip,
    processId: 1000 + made,
    inflate: inflateZlib,
  };
}
