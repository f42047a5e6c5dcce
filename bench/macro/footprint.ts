// SPDX-License-Identifier: Apache-2.0
/** What a broker costs when nothing happens, how soon it serves, and whether it grows. */
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freeBrokerPort } from '../../test/helpers/ports.ts';
import { createTopic } from './broker-admin.ts';
import { firstAcknowledgedMs, holdConnections, runLoad } from './load-client.ts';
import type { Bench } from './measure.ts';
import type { FootprintResult, MemoryFigures, StartFigures } from './result.ts';
import { type Server, startApogeeServer } from './servers.ts';
import { memoryOf, untilDiskIsCalm } from './system.ts';

const SETTLE_MS = 3000;
const QUEUES = 8;
/** One growth run; several make up the count, so that a slow machine ends too. */
const CHUNK_MESSAGES = 1_000_000;
const CHUNK_SECONDS = 40;

/** Starts a server while a client already tries to send, then lets it settle. */
export async function observeStart(
  bench: Bench,
  start: (brokerPort: number) => Promise<Server>,
): Promise<{ readonly server: Server; readonly figures: StartFigures }> {
  await untilDiskIsCalm();
  const brokerPort = await freeBrokerPort();
  const target = { brokerPort, topic: 'bench_first', queues: 4, codec: bench.codec };
  const [server, firstMs] = await Promise.all([start(brokerPort), firstAcknowledgedMs(target)]);
  await sleep(SETTLE_MS);
  const each = server.pids.map(memoryOf);
  const sum = (figure: (memory: MemoryFigures) => number): number =>
    each.reduce((total, memory) => total + figure(memory), 0);
  const idle = {
    rssMegabytes: sum((memory) => memory.rssMegabytes),
    anonymousMegabytes: sum((memory) => memory.anonymousMegabytes ?? 0),
  };
  return { server, figures: { firstSendMs: firstMs - server.startedAtMs, idle } };
}

export async function measureFootprint(
  bench: Bench,
  apache: StartFigures | undefined,
): Promise<FootprintResult> {
  bench.progress('footprint: start of apogee');
  const folder = path.join(bench.folder, 'apogee-footprint');
  const { server, figures } = await observeStart(bench, (brokerPort) =>
    startApogeeServer(folder, 'ASYNC_FLUSH', brokerPort),
  );
  try {
    const idleConnectionKib = await idleConnectionCost(server, bench);
    return {
      ...figures,
      growthMessages: bench.effort.growthMessages,
      anonymousGrowthMegabytes: await anonymousGrowth(server, bench),
      idleConnections: bench.effort.idleConnections,
      idleConnectionKib,
      apache,
    };
  } finally {
    await server.stop();
  }
}

/** KiB of anonymous memory per connection that sent one message and stays. */
async function idleConnectionCost(server: Server, bench: Bench): Promise<number | undefined> {
  const count = bench.effort.idleConnections;
  bench.progress(`footprint: ${count} idle connections`);
  const topic = 'bench_idle';
  await createTopic(server.brokerPort, topic, QUEUES);
  const target = { brokerPort: server.brokerPort, topic, queues: QUEUES, codec: bench.codec };
  // Once before, so that code and buffers that all connections share do not count.
  await (await holdConnections(target, 64)).release();
  await sleep(SETTLE_MS);
  const before = memoryOf(server.pid).anonymousMegabytes;
  const held = await holdConnections(target, count);
  await sleep(SETTLE_MS);
  const after = memoryOf(server.pid).anonymousMegabytes;
  await held.release();
  if (before === undefined || after === undefined) return undefined;
  return ((after - before) * 1024) / count;
}

/** Of anonymous memory, MB, over many messages: half sent one by one, half in batches. */
async function anonymousGrowth(server: Server, bench: Bench): Promise<number | undefined> {
  const topic = 'bench_growth';
  await createTopic(server.brokerPort, topic, QUEUES);
  const target = { brokerPort: server.brokerPort, topic, queues: QUEUES, codec: bench.codec };
  const limits = ['--seconds', `${CHUNK_SECONDS}`, '--max-messages'];
  await sleep(SETTLE_MS);
  const before = memoryOf(server.pid).anonymousMegabytes;
  let sent = 0;
  for (let chunk = 0; sent < bench.effort.growthMessages; chunk += 1) {
    bench.progress(`footprint: ${sent} of ${bench.effort.growthMessages} messages`);
    const left = Math.min(CHUNK_MESSAGES, bench.effort.growthMessages - sent);
    const load = chunk % 2 === 0 ? 'pipelined' : 'batch';
    const report = await runLoad(target, [load, ...limits, `${left}`]);
    if (report.totalMessages === 0) throw new Error('the broker stores no more messages');
    sent += report.totalMessages;
    await untilDiskIsCalm();
  }
  await sleep(SETTLE_MS);
  const after = memoryOf(server.pid).anonymousMegabytes;
  return before === undefined || after === undefined ? undefined : after - before;
}
