// SPDX-License-Identifier: Apache-2.0
/** Ports for processes that cannot be told to choose one themselves. */
import { createServer } from 'node:net';

/** A broker listens on its port, on `FAST` below it and on `HA` above it. */
const FAST = -2;
const HA = 1;

const ATTEMPTS = 200;

/**
 * Below the range that systems take for outgoing connections (32768 up on Linux, 49152 on macOS):
 * a port from that range may be taken between the look and the use.
 */
const LOWEST_PORT = 12_000;
const HIGHEST_PORT = 32_000;

/** Test processes that run at the same time start at different places. */
let next = LOWEST_PORT + ((process.pid * 61) % (HIGHEST_PORT - LOWEST_PORT));

function candidate(): number {
  next += 5;
  if (next > HIGHEST_PORT) next = LOWEST_PORT;
  return next;
}

/** Ports given out by this process, so that two processes started together do not meet. */
const given = new Set<number>();

/** Result: `wanted`; undefined when taken. */
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
    const port = candidate();
    const wanted = [port, ...distances.map((distance) => port + distance)];
    if (wanted.some((each) => given.has(each))) continue;
    const free = await Promise.all(wanted.map((each) => probe(each)));
    if (free.includes(undefined)) continue;
    for (const each of wanted) given.add(each);
    return port;
  }
  throw new Error(`no free port found in ${ATTEMPTS} attempts`);
}

/** Several ports at once. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) ports.push(await freePort());
  return ports;
}
