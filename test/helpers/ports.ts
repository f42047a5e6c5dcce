// SPDX-License-Identifier: Apache-2.0
/** Ports for processes that cannot be told to choose one themselves. */
import { createServer } from 'node:net';

/** A broker listens on its port, on `FAST` below it and on `HA` above it. */
const FAST = -2;
const HA = 1;

const ATTEMPTS = 50;

/** Ports given out by this process, so that two processes started together do not meet. */
const given = new Set<number>();

/** Result: `wanted`, or one that the system chose; undefined when taken. */
function probe(wanted: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(wanted, () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : undefined;
      server.close(() => resolve(port));
    });
  });
}

export async function freePort(): Promise<number> {
  return portWithNeighbours([]);
}

/** A port whose fast and HA neighbours are free as well. */
export async function freeBrokerPort(): Promise<number> {
  return portWithNeighbours([FAST, HA]);
}

async function portWithNeighbours(distances: readonly number[]): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = await probe(0);
    if (port === undefined) continue;
    const wanted = [port, ...distances.map((distance) => port + distance)];
    if (wanted.some((each) => given.has(each) || each > 65_535)) continue;
    const free = await Promise.all(wanted.slice(1).map((each) => probe(each)));
    if (free.includes(undefined)) continue;
    for (const each of wanted) given.add(each);
    return port;
  }
  throw new Error(`no free port found in ${ATTEMPTS} attempts`);
}
